"""A real VictoriaMetrics: started, written to as Prometheus writes to it, and asked about any time."""

from __future__ import annotations

import signal
import struct
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.lab.series import Labels, Point
from console.metrics.answer import Answer, decode
from tests.kube_apiserver import built
from tests.lab_prometheus.programs import answers, free_port, until

PROGRAM = "victoria-metrics"
HOW_TO_GET = f"{PROGRAM} is missing: `make planes` builds it once a machine (Go 1.26, a minute)"
_ENDED = struct.pack("<Q", 0x7FF0000000000002)
"""How Prometheus writes that a series has ended: one of the many NaNs."""
_LITERAL = 60_000
"""So many bytes at most are one piece of a snappy block here."""


def find() -> Path | None:
    """Find what `make planes` built."""
    program = built() / PROGRAM
    return program if program.exists() else None


@contextmanager
def victoria_metrics(folder: Path, *flags: str) -> Iterator[str]:
    """Run one, and give its URL; skips the test where the program is missing."""
    program = find()
    if program is None:
        pytest.skip(HOW_TO_GET)
    port = free_port()
    told = (folder / "victoria-metrics.log").open("wb")
    process = subprocess.Popen(
        [
            program,
            f"-storageDataPath={folder / 'victoria-metrics'}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-loggerLevel=WARN",
            "-memory.allowedBytes=64MB",
            *flags,
        ],
        stdout=told,
        stderr=told,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(f"{url}/health"))
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        told.close()


class Written:
    """A store that is written to from outside, and asked at the time that the test says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._waiting: list[tuple[Labels, Point]] = []

    def append(self, labels: Labels, point: Point) -> None:
        """Keep one sample until the next question."""
        self._waiting.append((labels, point))

    def answer(self, promql: str, *, at_s: float) -> Answer:
        """Ask about one moment, with all that was appended in the store."""
        self.flush()
        form = urllib.parse.urlencode({"query": promql, "time": f"{at_s:.3f}", "nocache": "1"})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{form}", timeout=60) as told:  # noqa: S310 - ours
            return decode(told.read(), status=told.status, where="VictoriaMetrics")

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            write(self.url, self._waiting)
            self._waiting.clear()
            self.settle()

    def settle(self) -> None:
        """Wait until what is written can be asked for."""
        urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=60).close()  # noqa: S310 - ours


def write(url: str, samples: list[tuple[Labels, Point]]) -> None:
    """Write samples as Prometheus' remote write does."""
    body = _snappy(b"".join(_field(1, _series(labels, point)) for labels, point in samples))
    head = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(f"{url}/api/v1/write", data=body, headers=head)  # noqa: S310 - ours
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310 - ours


def _series(labels: Labels, point: Point) -> bytes:
    pairs = (_field(1, name.encode()) + _field(2, text.encode()) for name, text in sorted(labels))
    value = _ENDED if point.value is None else struct.pack("<d", point.value)
    sample = b"\x09" + value + b"\x10" + _varint(round(point.at_s * 1000))
    return b"".join(_field(1, pair) for pair in pairs) + _field(2, sample)


def _field(number: int, content: bytes) -> bytes:
    """Write one length-delimited field of a protocol buffer."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _snappy(content: bytes) -> bytes:
    """Wrap as a snappy block that compresses nothing."""
    pieces = (content[at : at + _LITERAL] for at in range(0, len(content), _LITERAL))
    return _varint(len(content)) + b"".join(
        b"\xf4" + struct.pack("<H", len(piece) - 1) + piece for piece in pieces
    )
