"""A real VictoriaMetrics behind the Prometheus API: what it lags is allowed for, and its counts are true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
import yaml

from console.errors import EvidenceError
from console.evidence import Sample
from console.lab.series import Labels, Point
from console.metrics.evidence_source import PrometheusSource
from console.metrics.lag import NAME
from console.metrics.prometheus import Prometheus
from console.preflight import Check
from tests.lab_prometheus.mesh import Counting, Mesh
from tests.lab_prometheus.programs import Page, page, until
from tests.lab_prometheus.victoria_metrics import Written, victoria_metrics, write
from tests.metrics.histories import WAYS, live_through
from tests.metrics.scripted import V1, V2, plan

HISTORIES = range(3 * len(WAYS))
BACK_S = 3600
"""So long ago a history begins: what is newer than half a minute is not shown."""
OFFSET_S = 30.0
"""VictoriaMetrics' own -search.latencyOffset."""
NO_OFFSET = "-search.latencyOffset=1s"
RPS = {V1: 40.0, V2: 10.0}


@pytest.mark.real
@pytest.mark.full
@pytest.mark.parametrize("seed", HISTORIES)
def test_a_history_is_counted_as_truly_as_on_prometheus(seed: int, tmp_path: Path) -> None:
    with ExitStack() as stack:

        def store() -> Written:
            folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return Written(stack.enter_context(victoria_metrics(folder)))

        live_through(seed, store=store, began_s=float((time.time() - BACK_S) // 60 * 60))


def steady(*, from_s: float, until_s: float) -> list[tuple[Labels, Point]]:
    """Give the counters of two pods that serve steadily, scraped every second."""
    samples = []
    for second in range(round(until_s - from_s)):
        for deployment, rps in RPS.items():
            labels = {
                "__name__": "istio_requests_total",
                "reporter": "destination",
                "destination_workload_namespace": "shop",
                "destination_workload": deployment,
                "response_code": "200",
                "namespace": "shop",
                "pod": f"{deployment}-7d9f8b6c4-aaaaa",
                "instance": f"{deployment}:15020",
            }
            samples.append((Labels(labels.items()), Point(from_s + second, 1000 + rps * second)))
    return samples


@pytest.fixture(
    params=[
        pytest.param((), id="as it is"),
        pytest.param((NO_OFFSET,), id="without its offset", marks=pytest.mark.full),
    ]
)
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PrometheusSource, float]]:
    """A source over five minutes of steady traffic, and how far the store is behind."""
    with victoria_metrics(tmp_path, *request.param) as url:
        now_s = float(round(time.time()))
        write(url, steady(from_s=now_s - 240, until_s=now_s + 60))
        Written(url).settle()
        yield PrometheusSource.connect(plan(url=url, interval_s=2)), 0.0 if request.param else OFFSET_S


@pytest.mark.real
def test_its_lag_is_measured_and_counts_are_those_of_then(asked: tuple[PrometheusSource, float]) -> None:
    source, lag_s = asked
    with asyncio.Runner() as runner:
        checks = {check.name: check for check in runner.run(source.preflight())}
        assert all(check.ok for check in checks.values() if check.name != "latency buckets"), checks
        assert (NAME in checks) == bool(lag_s), checks
        if lag_s:
            assert checks[NAME].warning
            assert "-search.latencyOffset=1s removes it" in checks[NAME].words

        def look() -> Sample:
            return runner.run(source.sample(deadline_s=30))

        first = look()
        assert lag_s <= first.lag_s <= lag_s + 10 * bool(lag_s)
        samples: list[Sample] = []

        def counted() -> bool:
            samples.append(look())
            return samples[-1].span_s > 0

        until(counted)
    last = samples[-1]
    assert last.trouble == ""
    for look_, rps in ((last.stable, RPS[V1]), (last.canary, RPS[V2])):
        assert look_.counts is not None
        assert look_.counts.requests == pytest.approx(rps * last.span_s), "raw counters are not extrapolated"


@pytest.mark.real
@pytest.mark.full
@pytest.mark.parametrize("flags", [(), (NO_OFFSET,)])
def test_what_it_scrapes_itself_is_counted_once(flags: tuple[str, ...], tmp_path: Path) -> None:
    with page() as shown, asyncio.Runner() as runner:
        mesh = Mesh(shown, Random(1))
        mesh.show()
        with victoria_metrics(tmp_path, f"-promscrape.config={_config(shown, tmp_path)}", *flags) as url:
            until(lambda: all(each.ok for each in _checks(url, runner)))
            counting = Counting(mesh, PrometheusSource.connect(plan(url=url, interval_s=1)), runner)
            counting.live()
            counting.ends_true()


def _config(shown: Page, folder: Path) -> Path:
    job = {"job_name": "page", "scrape_interval": "1s", "static_configs": [{"targets": [shown.address]}]}
    path = folder / "scrape.yaml"
    path.write_text(yaml.safe_dump({"scrape_configs": [job]}))
    return path


def _checks(url: str, runner: asyncio.Runner) -> tuple[Check, ...]:
    return runner.run(PrometheusSource.connect(plan(url=url, interval_s=1)).preflight())


@pytest.mark.real
@pytest.mark.full
@pytest.mark.parametrize("promql", ["sum(", "no_such_function(up)"])
def test_what_it_does_not_understand_is_one_sentence(promql: str, tmp_path: Path) -> None:
    with (
        victoria_metrics(tmp_path) as url,
        asyncio.Runner() as runner,
        pytest.raises(EvidenceError) as told,
    ):
        runner.run(Prometheus(url).query(promql, deadline_s=10))
    assert "\n" not in str(told.value)
    assert promql.rstrip("(") in str(told.value)
