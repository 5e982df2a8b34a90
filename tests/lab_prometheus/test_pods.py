"""The pages of applications, scraped by the built-in scraper and by the real program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Counts, Sample
from console.metrics.evidence_source import PrometheusSource
from console.metrics.named import GivenNames
from console.metrics.prometheus import Prometheus
from console.metrics.proposals import propose
from console.plan.series import Series, known_beside
from tests.lab_prometheus.programs import KINDS, PROGRAM, SCRAPE_S, page, running, until
from tests.metrics.application_pages import FAST_S, LIBRARIES, SLOW_S, Library, bounds_ms, expected
from tests.metrics.scripted import V1, V2
from tests.metrics.test_pods import ADDRESSED, PODS, begun, pods_plan

pytestmark = [pytest.mark.real, pytest.mark.full]


@pytest.mark.parametrize("kind", KINDS)
def test_what_each_library_writes_is_found_and_counted_in_each_way_that_it_can_end(
    kind: str, tmp_path: Path
) -> None:
    with ExitStack() as stack, asyncio.Runner() as runner:
        shown = {
            (at, version): stack.enter_context(page()) for at in range(len(LIBRARIES)) for version in (V1, V2)
        }
        targets = [
            {
                "targets": [shows.address],
                "labels": {"namespace": "shop", "pod": PODS[version][0], "library": str(at)},
            }
            for (at, version), shows in shown.items()
        ]
        every = f"{SCRAPE_S * 1000:.0f}ms"
        config = {
            "global": {"scrape_interval": every, "scrape_timeout": every},
            "scrape_configs": [{"job_name": "shop", "static_configs": targets}],
        }
        for (at, _), shows in shown.items():
            shows.show(LIBRARIES[at].page(begun(LIBRARIES[at])))
        url = stack.enter_context(running(kind, config, folder=tmp_path))
        for shows in shown.values():
            shows.wait_scraped()
        for at, library in enumerate(LIBRARIES):
            series = replace(known_beside(library.series["requests"]), where=f'library="{at}"')
            of = pods_plan(series, url=url, interval_s=1)
            source = PrometheusSource(of, Prometheus.of(of.metrics), pods=GivenNames(PODS))
            _goes_through(source, library, runner, shown[at, V2].show)
        if kind == PROGRAM:
            asked = propose(Prometheus.of(of.metrics), of, pods=PODS, deadline_s=30)
            assert {each.requests for each in runner.run(asked)} == {
                library.series["requests"] for library in LIBRARIES
            }


@pytest.mark.parametrize("kind", KINDS)
def test_pods_are_told_by_their_addresses_with_a_port_or_without_one(kind: str, tmp_path: Path) -> None:
    library = LIBRARIES[0]
    with page() as first, page() as second, asyncio.Runner() as runner:
        every = f"{SCRAPE_S * 1000:.0f}ms"
        targets = [
            {"targets": [first.address], "labels": {"namespace": "shop", "instance": "10.8.0.1:8080"}},
            {"targets": [second.address], "labels": {"namespace": "shop", "instance": "[fd00::2]:8080"}},
        ]
        config = {
            "global": {"scrape_interval": every, "scrape_timeout": every},
            "scrape_configs": [{"job_name": "shop", "static_configs": targets}],
        }
        for each in (first, second):
            each.show(library.page(begun(library)))
        with running(kind, config, folder=tmp_path) as url:
            for each in (first, second):
                each.wait_scraped()
            series = replace(known_beside(library.series["requests"]), address="instance")
            of = pods_plan(series, url=url, interval_s=1)
            source = PrometheusSource(of, Prometheus.of(of.metrics), pods=ADDRESSED)
            _goes_through(source, library, runner, second.show)


@pytest.mark.parametrize("kind", KINDS)
def test_failures_that_matchers_tell_are_counted(kind: str, tmp_path: Path) -> None:
    with page() as shown, asyncio.Runner() as runner:
        labels = {"namespace": "shop", "pod": PODS[V1][0]}
        job = {"job_name": "shop", "static_configs": [{"targets": [shown.address], "labels": labels}]}
        every = f"{SCRAPE_S * 1000:.0f}ms"
        config = {"global": {"scrape_interval": every, "scrape_timeout": every}, "scrape_configs": [job]}
        shown.show('pay_total{result="ok"} 100\n')
        with running(kind, config, folder=tmp_path) as url:
            shown.wait_scraped()
            of = pods_plan(Series(requests="pay_total", errors='result!="ok"'), url=url, interval_s=1)
            source = PrometheusSource(of, Prometheus.of(of.metrics), pods=GivenNames(PODS))
            until(lambda: _counted(source, runner) is not None)
            shown.show('pay_total{result="ok"} 130\npay_total{result="late"} 7\n')
            found: list[Sample] = []

            def has_grown() -> bool:
                found.extend(filter(None, [_counted(source, runner)]))
                return bool(found) and (found[-1].stable.counts or Counts()).requests > 0

            until(has_grown)
    assert found[-1].stable.counts == Counts(requests=37, errors_5xx=7)


def _goes_through(
    source: PrometheusSource, library: Library, runner: asyncio.Runner, show: Callable[[str], None]
) -> None:
    """Let the canary's page grow by each kind of end, and wait for what is counted."""
    until(lambda: _counted(source, runner) is not None)
    checks = runner.run(source.preflight())
    assert [check for check in checks if not check.ok] == []
    served = dict(begun(library))
    for kind in library.ends:
        seconds = SLOW_S if kind == "answer" else FAST_S
        ended = library.ends[kind], seconds
        served[ended] = served.get(ended, 0) + 40
        show(library.page(served))
        found: list[Sample] = []

        def has_grown(found: list[Sample] = found) -> bool:
            found.extend(filter(None, [_counted(source, runner)]))
            return bool(found) and (found[-1].canary.counts or Counts()).requests > 0

        until(has_grown)
        sample = found[-1]
        assert sample.canary.counts is not None
        assert replace(sample.canary.counts, latency=()) == expected(library, kind, 40), (library.name, kind)
        assert sample.bounds_ms == bounds_ms(library)
        if library.edges:
            at = next(at for at, edge in enumerate(sample.bounds_ms) if edge >= seconds * 1000)
            assert sample.canary.counts.latency[at] == 40


def _counted(source: PrometheusSource, runner: asyncio.Runner) -> Sample | None:
    with suppress(EvidenceError):
        return runner.run(source.sample(deadline_s=30))
    return None
