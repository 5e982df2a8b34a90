"""Two hours of a mesh's counters: made as OpenMetrics, put into blocks by promtool, served by Prometheus."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.lab_prometheus.programs import PROGRAM, need, running
from tests.metrics.scripted import V1, V2

SCRAPE_S = 15
LASTS_S = 7200
CANARY_FROM_S = 1800
"""When the canary's first request comes."""
BAD_FROM_S = 5400
"""When one of five of its requests begins to fail."""
RESTART_S = 3600
"""When a pod of stable begins again from zero."""
GAP_S = range(4500, 5100)
"""When nothing was scraped."""
BOUNDS = ("10", "50", "250", "+Inf")
WEIGHT = 20


class Process:
    """The counters of one pod."""

    def __init__(self, deployment: str, pod: str) -> None:
        self.labels = (
            f'reporter="destination",destination_workload_namespace="shop",destination_workload="{deployment}",'
            f'instance="{pod}:15020",pod="{deployment}-7d9f-{pod}"'
        )
        self.codes = {"200": 0, "500": 0}
        self.below = dict.fromkeys(BOUNDS, 0)

    def serve(self, chance: Random, requests: int, *, bad: float) -> None:
        for _ in range(requests):
            self.codes["500" if chance.random() < bad else "200"] += 1
            slowness = chance.choice((5, 30, 30, 30, 200, 400))
            for bound in BOUNDS:
                self.below[bound] += slowness <= float(bound)

    def restart(self) -> None:
        self.codes = dict.fromkeys(self.codes, 0)
        self.below = dict.fromkeys(self.below, 0)


def openmetrics(begin_s: int) -> str:
    """Write the samples of two hours."""
    chance = Random(8)
    stable = [Process(V1, pod) for pod in ("aaaaa", "bbbbb")]
    canary = Process(V2, "ccccc")
    requests = ["# TYPE istio_requests counter"]
    buckets = ["# TYPE istio_request_duration_milliseconds histogram"]
    series: dict[str, list[str]] = {}
    for since_s in range(0, LASTS_S, SCRAPE_S):
        live = since_s >= CANARY_FROM_S
        if since_s == RESTART_S:
            stable[0].restart()
        for process in stable:
            process.serve(chance, 60 if live else 75, bad=0.01)
        if live:
            canary.serve(chance, 30, bad=0.2 if since_s >= BAD_FROM_S else 0.01)
        if since_s not in GAP_S:
            for process in (*stable, *([canary] if live else [])):
                _scrape(process, begin_s + since_s, series)
    for name, lines in sorted(series.items()):
        (requests if name.startswith("istio_requests") else buckets).extend(lines)
    return "\n".join((*requests, *buckets, "# EOF", ""))


def _scrape(process: Process, at_s: int, series: dict[str, list[str]]) -> None:
    for code, value in process.codes.items():
        name = f'istio_requests_total{{{process.labels},response_code="{code}"}}'
        series.setdefault(name, []).append(f"{name} {value} {at_s}")
    for bound, value in process.below.items():
        name = f'istio_request_duration_milliseconds_bucket{{{process.labels},le="{bound}"}}'
        series.setdefault(name, []).append(f"{name} {value} {at_s}")


@contextmanager
def remembering(begin_s: int, *, folder: Path) -> Iterator[str]:
    """Run Prometheus over that history, and give its URL."""
    need(PROGRAM, "promtool")
    text = folder / "history.om"
    text.write_text(openmetrics(begin_s))
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", text, folder / "data"],
        check=True,
        capture_output=True,
    )
    with running(PROGRAM, {"scrape_configs": []}, folder=folder) as url:
        yield url
