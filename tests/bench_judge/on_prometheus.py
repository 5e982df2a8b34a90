"""`python -m tests.bench_judge.on_prometheus SCRAPE_S FAULTS SHARE`: fault to decision on a real Prometheus.

Five pods' pages are scraped, four of stable with 25 requests a second each and one of the canary with 100, of
which SHARE fail from some moment on. Looks and judge are those of a release; there is no router, so a
decision is where the judge says to roll back.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Pods
from console.judge.keys.judge import KeysState, take
from console.judge.terms import tick_of
from console.metrics.evidence_source import PrometheusSource
from console.policy.next_look import next_look_s
from tests.bench_judge.scraped import CANARY, STABLE, Scene, begun
from tests.lab_prometheus.programs import PROGRAM, running
from tests.metrics.scripted import plan

LOOKS_S = 1.0
CALM_S = 60.0
"""Before the first fault, and since it a weight is no longer new."""
WEIGHT = 50


class Pod:
    """Counts by the clock, and from `failing_s` on a share of its requests as failed."""

    def __init__(self, workload: str, rps: float) -> None:
        self.workload, self.rps = workload, rps
        self.began_s = time.time() - 1000
        self.failed = 0.0
        self.failing_s: float | None = None
        self.share = 0.0

    def heal(self) -> None:
        self.failed, self.failing_s = self._failed(time.time()), None

    def page(self) -> str:
        now_s = time.time()
        requests, failed = int(self.rps * (now_s - self.began_s)), int(self._failed(now_s))
        own = (
            'reporter="destination",destination_workload_namespace="shop",'
            f'destination_workload="{self.workload}"'
        )
        bucket = "istio_request_duration_milliseconds_bucket"
        return (
            f'istio_requests_total{{{own},response_code="200"}} {requests - failed}\n'
            f'istio_requests_total{{{own},response_code="503"}} {failed}\n'
            f'{bucket}{{{own},le="100"}} {requests}\n{bucket}{{{own},le="+Inf"}} {requests}\n'
        )

    def _failed(self, now_s: float) -> float:
        since_s = 0.0 if self.failing_s is None else max(0.0, now_s - self.failing_s)
        return self.failed + self.share * self.rps * since_s


@contextmanager
def shown(pod: Pod) -> Iterator[str]:
    """Serve the pod's page; gives its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pod.page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def delays_s(source: PrometheusSource, canary: Pod, *, faults: int, share: float) -> list[float]:
    """Let the canary fail again and again, each time until the judge has decided."""
    state, found = begun(Scene()), list[float]()
    calm: KeysState | None = None
    """The judge as it was before the first fault: each meets one that has seen none."""
    calm_s = time.time() + CALM_S
    while len(found) < faults:
        state, again_s, proven = await _look(source, state)
        now_s = time.time()
        if proven and canary.failing_s is not None:
            found.append(now_s - canary.failing_s)
            sys.stdout.write(f"{found[-1]:.2f} s\n")
            canary.heal()
            calm_s = now_s + random.uniform(4, 5) * (source.scrape_s or LOOKS_S) + random.random()
        elif canary.failing_s is None and now_s >= calm_s:
            state = calm = calm or state
            canary.share, canary.failing_s = share, now_s + random.random()
        await asyncio.sleep(again_s)
    return found


async def _look(source: PrometheusSource, state: KeysState) -> tuple[KeysState, float, bool]:
    began_s = time.monotonic()
    try:
        sample = await source.sample(deadline_s=2.0)
    except EvidenceError:
        return state, LOOKS_S, False
    tick = tick_of(sample, at=time.time(), weight=WEIGHT, pods=(Pods(ready=4), Pods(ready=1)))
    state = take(state, tick)
    again_s = next_look_s(sample, interval_s=LOOKS_S) - (time.monotonic() - began_s)
    proven = state.gross is not None and state.gross.proven
    return state, max(0.0, again_s), proven


def main(scrape_s: float, faults: int, share: float) -> None:
    """Measure, and print the median and the 95th percentile."""
    pods = [*(Pod(STABLE, 25.0) for _ in range(4)), Pod(CANARY, 100.0)]
    with ExitStack() as stack:
        addresses = [stack.enter_context(shown(pod)) for pod in pods]
        jobs = [
            {"targets": [address], "labels": {"pod": f"{pod.workload}-{at}", "namespace": "shop"}}
            for at, (pod, address) in enumerate(zip(pods, addresses, strict=True))
        ]
        every = f"{scrape_s * 1000:.0f}ms"
        config = {
            "global": {"scrape_interval": every, "scrape_timeout": every},
            "scrape_configs": [{"job_name": "pods", "static_configs": jobs}],
        }
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(running(PROGRAM, config, folder=folder))
        source = PrometheusSource.connect(replace(plan(url=url), interval_s=LOOKS_S))
        source.scrape_s = scrape_s
        found = asyncio.run(delays_s(source, pods[-1], faults=faults, share=share))
    median_s, late_s = statistics.median(found), sorted(found)[max(0, -(-len(found) * 95 // 100) - 1)]
    sys.stdout.write(f"median {median_s:.2f} s, 95 % {late_s:.2f} s of {len(found)}\n")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
