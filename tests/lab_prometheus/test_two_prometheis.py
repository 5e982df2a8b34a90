"""Two real Prometheis behind one address, without affinity: no request is counted twice."""

from __future__ import annotations

import asyncio
import itertools
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest

from console.metrics.evidence_source import PrometheusSource
from tests.lab_prometheus.mesh import Counting, Mesh
from tests.lab_prometheus.programs import PROGRAM, Page, page, running, until
from tests.metrics.scripted import plan

SCRAPE_S = 2


@contextmanager
def round_robin(urls: list[str]) -> Iterator[str]:
    """Pass each request to the next of them."""
    turns = itertools.cycle(urls)

    class Passing(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            plain = {"Content-Type": self.headers.get("Content-Type", "text/plain")}
            request = urllib.request.Request(  # noqa: S310 - an address of the test's own
                next(turns) + self.path, data=body or None, headers=plain, method=self.command
            )
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
                told = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = _pass  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def replica(shown: Page, folder: Path) -> dict[str, object]:
    folder.mkdir()
    job = {"job_name": "page", "static_configs": [{"targets": [shown.address]}]}
    every = f"{SCRAPE_S}s"
    return {
        "global": {
            "scrape_interval": every,
            "scrape_timeout": every,
            "external_labels": {"replica": folder.name},  # a replica's scrapes are apart from another's
        },
        "scrape_configs": [job],
    }


@pytest.mark.real
@pytest.mark.full
def test_two_replicas_count_as_one(tmp_path: Path) -> None:
    with ExitStack() as stack, asyncio.Runner() as runner:
        mesh = Mesh(stack.enter_context(page()), Random(1))
        mesh.show()
        folders = [tmp_path / name for name in ("a", "b")]
        urls = [
            stack.enter_context(running(PROGRAM, replica(mesh.shown, folder), folder=folder))
            for folder in folders
        ]
        url = stack.enter_context(round_robin(urls))
        counting = Counting(mesh, PrometheusSource.connect(plan(url=url, interval_s=1)), runner)

        def both_know() -> bool:
            answers = [runner.run(PrometheusSource.connect(plan(url=each)).preflight()) for each in urls]
            return all(check.ok for checks in answers for check in checks)

        until(both_know)
        counting.live()
        for _ in range(5):
            mesh.shown.wait_scraped()
            until(lambda: counting.look() > 0)
        counting.ends_true()
