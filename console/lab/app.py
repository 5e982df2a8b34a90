"""One version of the lab's service, a process of its own: `python -m console.lab.app --version v2 ...`.

It speaks just enough HTTP/1.1 for Envoy and a scraper: kept-alive connections, one request at a time on
each. Latency and errors are drawn at random around what a decent service does; `POST /lab/faults` changes
them while it runs.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from console.lab.faults import GRPC_UNAVAILABLE, UNANSWERED, Faults
from console.lab.topology import LOOPBACK, NAMESPACE

MEDIAN_S = 0.008
SPREAD = math.log(5) / 2.326
"""Sigma of the lognormal latency: puts P99 at five times the median."""
BASE_ERROR_RATIO = 0.0015
ORDER_RATIO = 0.3
"""How many of the served requests end in an order."""
CRASH_AFTER_S = 0.5

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REASONS = {
    200: "OK",
    400: "Bad Request",
    500: "Internal Server Error",
    GRPC_UNAVAILABLE: "gRPC Unavailable",
    UNANSWERED: "Not Answered",
}


class Service:
    """What this version answers, how long it takes, and what it counts."""

    def __init__(self, *, version: str, pod: str, faults: Faults) -> None:
        self.version = version
        self.pod = pod
        self.orders = 0
        self.faults = faults
        self.obey(faults)

    def obey(self, faults: Faults) -> None:
        """Let these faults hold from now on."""
        self.faults = faults
        if faults.crash:
            asyncio.get_running_loop().call_later(CRASH_AFTER_S, os._exit, 1)

    def latency_s(self) -> float:
        """Draw how long the next request takes."""
        return random.lognormvariate(math.log(MEDIAN_S), SPREAD) * self.faults.latency_factor

    def serve(self) -> bytes:
        """Answer a user's request: mostly well."""
        if random.random() < BASE_ERROR_RATIO + self.faults.error_ratio:
            return self.response(500, "sorry\n")
        if random.random() < self.faults.grpc_ratio:
            return self.response(GRPC_UNAVAILABLE, "")
        if random.random() < self.faults.unanswered_ratio:
            return self.response(UNANSWERED, "")
        if random.random() < ORDER_RATIO * self.faults.order_factor:
            self.orders += 1
        return self.response(200, "thank you\n")

    def change_faults(self, body: bytes) -> bytes:
        """Answer the lab's own request for other faults."""
        try:
            faults = msgspec.json.decode(body, type=Faults)
        except msgspec.ValidationError as error:
            return self.response(400, f"{error}\n")
        self.obey(faults)
        return self.response(200, "\n")

    def metrics(self) -> bytes:
        """Answer a scrape: what a kubelet's cAdvisor would say of the pod, and a business counter."""
        pod = f'{{namespace="{NAMESPACE}",pod="{self.pod}",container="app"}}'
        return self.response(
            200,
            "# TYPE container_cpu_usage_seconds_total counter\n"
            f"container_cpu_usage_seconds_total{pod} {time.process_time():.6f}\n"
            "# TYPE container_memory_working_set_bytes gauge\n"
            f"container_memory_working_set_bytes{pod} {memory_bytes()}\n"
            "# TYPE orders_total counter\n"
            f'orders_total{{namespace="{NAMESPACE}",pod="{self.pod}",version="{self.version}"}}'
            f" {self.orders}\n",
        )

    def response(self, status: int, body: str) -> bytes:
        """Spell out an HTTP response."""
        return (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
            f"content-type: text/plain; version=0.0.4\r\nx-served-by: {self.version}\r\n"
            f"content-length: {len(body)}\r\n\r\n{body}"
        ).encode()


class Connection(asyncio.Protocol):
    """One kept-alive connection: the next request is looked at when the one before is answered."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._received = b""
        self._busy = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect until a whole request is there."""
        self._received += data
        self._go_on()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Answer nobody any more."""
        self._transport = None

    def _go_on(self) -> None:
        if self._busy or (request := self._take()) is None:
            return
        head, body = request
        if head.startswith(b"GET /metrics "):
            self._answer(self._service.metrics())
        elif head.startswith(b"POST /lab/faults "):
            self._answer(self._service.change_faults(body))
        else:
            self._busy = True
            asyncio.get_running_loop().call_later(self._service.latency_s(), self._serve)

    def _take(self) -> tuple[bytes, bytes] | None:
        """Take one whole request, head and body, from what was received."""
        head, end, rest = self._received.partition(b"\r\n\r\n")
        length = _CONTENT_LENGTH.search(head)
        size = int(length[1]) if length else 0
        if not end or len(rest) < size:
            return None
        self._received = rest[size:]
        return head, rest[:size]

    def _serve(self) -> None:
        self._busy = False
        self._answer(self._service.serve())

    def _answer(self, response: bytes) -> None:
        if self._transport is not None:
            self._transport.write(response)
            self._go_on()


def memory_bytes() -> int:
    """Measure what this process holds: the resident set where /proc tells it, else its highest ever."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:
        import resource  # noqa: PLC0415 - only macOS comes here

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def run(*, version: str, pod: str, port: int, faults: Faults) -> None:
    """Serve until killed."""
    service = Service(version=version, pod=pod, faults=faults)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(service), LOOPBACK, port)
    await server.serve_forever()


def main(args: Sequence[str]) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="console.lab.app")
    parser.add_argument("--version", required=True)
    parser.add_argument("--pod", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--faults", default="{}", help="JSON, as for POST /lab/faults")
    asked = parser.parse_args(args)
    faults = msgspec.json.decode(asked.faults, type=Faults)
    asyncio.run(run(version=asked.version, pod=asked.pod, port=asked.port, faults=faults))


if __name__ == "__main__":
    main(sys.argv[1:])
