"""Both programs that can stand behind the Prometheus API, started over a target that the test writes."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.lab.prometheus import BUILTIN
from tests import machine
from tests.metrics.http_fake import FakePrometheus, answering, fake_prometheus

PROGRAM = "prometheus"
KINDS = (BUILTIN, PROGRAM)
SCRAPE_S = 0.2 * machine.slowness()
"""A scrape that takes longer than this has failed."""


def need(*programs: str) -> None:
    """Skip the test where a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt-get install prometheus")


class Page:
    """The `/metrics` page of a target."""

    def __init__(self, server: FakePrometheus) -> None:
        self._server = server
        self.address = server.url.removeprefix("http://")

    def show(self, text: str) -> None:
        self._server.answer = answering(
            text.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    def fail(self) -> None:
        self._server.answer = answering(b"down", status=503)

    def wait_scraped(self) -> None:
        """Wait until what is shown now was certainly read: by the second scrape from here on."""
        wanted = len(self._server.lines) + 2
        until(lambda: len(self._server.lines) >= wanted)


@contextmanager
def page() -> Iterator[Page]:
    with fake_prometheus() as server:
        shown = Page(server)
        shown.show("")
        yield shown


@contextmanager
def scraping(kind: str, shown: Page, *, folder: Path) -> Iterator[str]:
    """Run one of `KINDS` over a page, and give its URL."""
    job = {"job_name": "page", "static_configs": [{"targets": [shown.address]}]}
    interval = f"{SCRAPE_S * 1000:.0f}ms"
    config = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval},
        "scrape_configs": [job],
    }
    with running(kind, config, folder=folder) as url:
        yield url


@contextmanager
def running(kind: str, config: dict[str, Any], *, folder: Path) -> Iterator[str]:
    if kind == PROGRAM:
        need(PROGRAM)
    path = folder / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config))
    port = free_port()
    args = {
        BUILTIN: [sys.executable, "-m", "console.lab.scraper", "--config", str(path), "--port", str(port)],
        PROGRAM: [
            "prometheus",
            f"--config.file={path}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ],
    }[kind]
    process = subprocess.Popen(args)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - an address of the test's own
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(holds: Callable[[], bool], *, patience_s: float = 90.0) -> None:
    """Wait for another program to get somewhere; only its own pace can tell when."""
    ends_at = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < ends_at, "nothing came of waiting"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
