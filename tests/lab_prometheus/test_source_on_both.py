"""The same expectations of `PrometheusSource`, over the built-in scraper and over the real program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.errors import EvidenceError
from console.evidence import Counts, Sample
from console.metrics.evidence_source import PrometheusSource
from console.preflight import Check
from tests.lab_prometheus.programs import KINDS, Page, page, scraping, until
from tests.metrics.scripted import plan

LABELS = 'reporter="destination",destination_workload_namespace="shop"'


def shown(workload: str, codes: dict[str, int], buckets: dict[str, int]) -> str:
    """Write one workload's counters as a sidecar would."""
    own = f'{LABELS},destination_workload="{workload}"'
    lines = [f'istio_requests_total{{{own},response_code="{code}"}} {n}' for code, n in codes.items()]
    name = "istio_request_duration_milliseconds_bucket"
    lines += [f'{name}{{{own},le="{le}"}} {n}' for le, n in buckets.items()]
    return "\n".join(lines) + "\n"


def v1(codes: dict[str, int], buckets: dict[str, int] | None = None) -> str:
    return shown("checkout-v1", codes, buckets or {})


def v2(codes: dict[str, int], buckets: dict[str, int] | None = None) -> str:
    return shown("checkout-v2", codes, buckets or {})


class ViewState:
    """A page, a program that scrapes it, and a source that asks the program."""

    def __init__(self, target: Page, url: str, runner: asyncio.Runner) -> None:
        business = {"errors": 'sum(istio_requests_total{destination_workload="{{deployment}}"}) / 0 * 0'}
        self.target = target
        self._runner = runner
        self.source = PrometheusSource.connect(plan(url=url, interval_s=1, business=business))

    def show(self, *parts: str) -> None:
        self.target.show("".join(parts))
        self.target.wait_scraped()

    def look(self) -> Sample:
        return self._runner.run(self.source.sample(deadline_s=10))

    def first(self) -> Sample:
        """Look until the program has stored what it scraped."""
        found: list[Sample] = []

        def stored() -> bool:
            with suppress(EvidenceError):
                found.append(self.look())
            return bool(found)

        until(stored)
        return found[0]

    def checks(self) -> dict[str, Check]:
        return {check.name: check for check in self._runner.run(self.source.preflight())}

    def count(self) -> Sample:
        """Look until a sample counts requests: a fall may be an older scrape, and waits for a later one."""
        found: list[Sample] = []

        def counted() -> bool:
            found.append(self.look())
            counts = found[-1].stable.counts
            return found[-1].span_s > 0 and counts is not None and counts.requests > 0

        until(counted)
        return found[-1]


@pytest.fixture(scope="module", params=KINDS)
def scraped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, str]]:
    """One program for all tests, because the real one takes 5 s to find its first target."""
    folder: Path = tmp_path_factory.mktemp("program")
    with page() as target, scraping(request.param, target, folder=folder) as url:
        yield target, url


@pytest.fixture
def scene(scraped: tuple[Page, str]) -> Iterator[ViewState]:
    with asyncio.Runner() as runner:
        yield ViewState(*scraped, runner)


@pytest.mark.real
def test_increments_errors_buckets_restarts_and_gaps(scene: ViewState) -> None:
    scene.show(v1({"200": 1000}, {"10": 900, "50": 990, "+Inf": 1000}))
    assert scene.first().span_s == 0

    # Growth of stable; the first requests ever of the canary, and the first errors of both.
    scene.show(
        v1({"200": 1090, "500": 10}, {"10": 950, "50": 1080, "+Inf": 1100}),
        v2({"200": 7, "404": 1, "503": 2}, {"10": 5, "50": 9, "+Inf": 10}),
    )
    sample = scene.count()
    assert sample.bounds_ms == (10.0, 50.0)
    assert sample.stable.counts == Counts(requests=100, errors_5xx=10, latency=(50, 40, 10))
    assert sample.canary.counts == Counts(requests=10, errors_4xx=1, errors_5xx=2, latency=(5, 4, 1))

    # The process restarts: all of its counters begin again.
    scene.show(v1({"200": 20}, {"10": 20, "50": 20, "+Inf": 20}), v2({"200": 3}))
    sample = scene.count()
    assert sample.stable.counts == Counts(requests=20, latency=(20, 0, 0))
    assert sample.canary.counts == Counts(requests=3, latency=(0, 0, 0))

    # Scrapes fail: blind, and made good afterwards.
    scene.target.fail()
    scene.target.wait_scraped()
    with pytest.raises(EvidenceError, match="vanished from Prometheus"):
        scene.look()
    scene.show(v1({"200": 70}), v2({"200": 4, "500": 5}))
    sample = scene.count()
    assert sample.stable.counts == Counts(requests=50)
    assert sample.canary.counts == Counts(requests=6, errors_5xx=5)
    assert sample.stable.business == {}, "NaN is no value"
    assert sample.trouble == ""


@pytest.mark.real
def test_preflight_is_well_over_both(scene: ViewState) -> None:
    scene.show(v1({"200": 1000}, {"10": 900, "+Inf": 1000}))
    found = scene.checks()
    assert all(check.ok for check in found.values()), found
    assert found["requests of checkout-v1"].words == "1 series of 1 pod"


@pytest.mark.real
def test_preflight_over_both_names_the_nearest_workload(scene: ViewState) -> None:
    scene.show(shown("checkout", {"200": 1}, {}))
    found = scene.checks()
    assert not found["requests of checkout-v1"].ok
    assert found["requests of checkout-v1"].words.endswith("the nearest: checkout")
