from __future__ import annotations

import asyncio
import math
import random
import statistics

import pytest

from console.lab import app
from console.lab.app import Connection, Service
from console.lab.faults import GRPC_UNAVAILABLE, UNANSWERED, Faults

USER = b"GET /pay HTTP/1.1\r\nhost: checkout\r\n\r\n"
SCRAPE = b"GET /metrics HTTP/1.1\r\nhost: checkout\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)
        self.answers.put_nowait(bytes(data))


def service(faults: Faults | None = None) -> Service:
    return Service(version="v2", pod="checkout-v2-abc-12345", faults=faults or Faults())


def connect(to: Service) -> tuple[Connection, Wire]:
    connection, wire = Connection(to), Wire()
    connection.connection_made(wire)
    return connection, wire


def post_faults(body: bytes) -> bytes:
    return b"POST /lab/faults HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_latency_has_the_median_and_p99_of_a_decent_service() -> None:
    random.seed(1)
    drawn = sorted(service().latency_s() * 1000 for _ in range(20_000))
    assert math.isclose(statistics.median(drawn), 8, rel_tol=0.05)
    assert math.isclose(drawn[19_800], 40, rel_tol=0.15)


def test_the_error_ratio_is_the_fault_s_beside_the_few_that_always_fail() -> None:
    random.seed(1)
    bad = service(Faults(error_ratio=0.08))
    failed = sum(bad.serve().startswith(b"HTTP/1.1 500") for _ in range(20_000))
    assert math.isclose(failed / 20_000, 0.0815, rel_tol=0.1)


@pytest.mark.parametrize(
    ("faults", "code"),
    [(Faults(grpc_ratio=0.08), GRPC_UNAVAILABLE), (Faults(unanswered_ratio=0.08), UNANSWERED)],
)
def test_what_is_no_plain_error_has_a_status_that_stands_for_it(faults: Faults, code: int) -> None:
    random.seed(1)
    bad = service(faults)
    failed = sum(bad.serve().startswith(b"HTTP/1.1 %d" % code) for _ in range(20_000))
    assert math.isclose(failed / 20_000, 0.08, rel_tol=0.1)


def test_requests_on_one_connection_are_answered_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MEDIAN_S", 1e-6)

    async def test() -> None:
        connection, wire = connect(service())
        connection.data_received(USER + USER[:10])
        connection.data_received(USER[10:])
        assert wire.written == b""
        for _ in range(2):
            assert b"x-served-by: v2" in await asyncio.wait_for(wire.answers.get(), 5)

    asyncio.run(test())


def test_a_scrape_tells_cpu_memory_and_orders() -> None:
    connection, wire = connect(service())
    connection.data_received(SCRAPE)
    labels = b'{namespace="shop",pod="checkout-v2-abc-12345",container="app"}'
    assert b"\ncontainer_cpu_usage_seconds_total" + labels in wire.written
    assert b"\ncontainer_memory_working_set_bytes" + labels in wire.written
    assert b'\norders_total{namespace="shop",pod="checkout-v2-abc-12345",version="v2"} 0\n' in wire.written


def test_only_answers_that_were_served_become_orders() -> None:
    broken = service(Faults(error_ratio=1.0))
    for _ in range(100):
        broken.serve()
    assert broken.orders == 0


def test_faults_change_while_it_runs_however_the_request_is_cut() -> None:
    one = service()
    connection, _ = connect(one)
    for byte in post_faults(b'{"error_ratio":0.5,"latency_factor":4}'):
        connection.data_received(bytes([byte]))
    assert one.faults == Faults(error_ratio=0.5, latency_factor=4.0)


def test_a_misspelt_fault_is_refused_and_changes_nothing() -> None:
    one = service()
    connection, wire = connect(one)
    connection.data_received(post_faults(b'{"eror_ratio":0.5}'))
    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert one.faults == Faults()


def test_a_crash_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "CRASH_AFTER_S", 0.0)

    async def test() -> int:
        crashed = asyncio.get_running_loop().create_future()
        monkeypatch.setattr("console.lab.app.os._exit", crashed.set_result)
        service(Faults(crash=True))
        return int(await asyncio.wait_for(crashed, 5))

    assert asyncio.run(test()) == 1
