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
from tests.lab_prometheus.programs import PROGRAM, Page, page, running, until
from tests.lab_prometheus.test_source_on_both import v1, v2
from tests.metrics.scripted import plan
from tests.sample import in_full_only

SCRAPE_S = 2
LOOKS = 40


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


class Mesh:
    """What both versions served, on a page that both Prometheis scrape."""

    def __init__(self, shown: Page, chance: Random) -> None:
        self.shown, self.chance = shown, chance
        self.codes = {"v1": {"200": 5000, "503": 400}, "v2": {"200": 40}}
        self.served = {"v1": 0, "v2": 0}
        self.failed = {"v1": 0, "v2": 0}

    def serve(self, requests: int) -> None:
        for version, codes in self.codes.items():
            for _ in range(requests):
                code = self.chance.choice(("200", "200", "200", "503", "0"))
                codes[code] = codes.get(code, 0) + 1
                self.served[version] += 1
                self.failed[version] += code != "200"
        self.show()

    def restart(self) -> None:
        """The canary's process begins anew."""
        self.codes["v2"] = {"200": 0}
        self.show()

    def show(self) -> None:
        self.shown.show(v1(self.codes["v1"]) + v2(self.codes["v2"]))


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
@pytest.mark.parametrize("seed", in_full_only([1]))
def test_two_replicas_count_as_one(seed: int, tmp_path: Path) -> None:
    with ExitStack() as stack, asyncio.Runner() as runner:
        mesh = Mesh(stack.enter_context(page()), Random(seed))
        mesh.show()
        folders = [tmp_path / name for name in ("a", "b")]
        urls = [
            stack.enter_context(running(PROGRAM, replica(mesh.shown, folder), folder=folder))
            for folder in folders
        ]
        url = stack.enter_context(round_robin(urls))
        source = PrometheusSource.connect(plan(url=url, interval_s=1))
        counted = {"v1": 0.0, "v2": 0.0}
        failed = {"v1": 0.0, "v2": 0.0}

        def look() -> float:
            sample = runner.run(source.sample(deadline_s=30))
            for version, side in (("v1", sample.stable), ("v2", sample.canary)):
                if side.counts is not None:
                    counted[version] += side.counts.requests
                    failed[version] += side.counts.errors
            return sample.span_s

        def both_know() -> bool:
            answers = [runner.run(PrometheusSource.connect(plan(url=each)).preflight()) for each in urls]
            return all(check.ok for checks in answers for check in checks)

        until(both_know)
        look()
        for turn in range(LOOKS):
            mesh.serve(1 if turn < LOOKS // 2 else 50)
            if turn == LOOKS // 2:
                mesh.shown.wait_scraped()  # by both, or what it served last would be lost with it
                mesh.restart()
            runner.run(asyncio.sleep(mesh.chance.uniform(0.1, 1.0)))
            look()
            for version, requests in counted.items():
                assert requests <= mesh.served[version], f"twice, turn {turn}: {counted}"
                assert failed[version] <= mesh.failed[version], f"twice, turn {turn}: {failed}"
        for _ in range(5):
            mesh.shown.wait_scraped()
            until(lambda: look() > 0)
        lost = {version: mesh.served[version] - counted[version] for version in counted}
        assert lost["v1"] == 0
        assert lost["v2"] <= 50, "what was served between a scrape and the restart"
        assert mesh.failed["v1"] == failed["v1"]
