"""The pages of gateways, scraped by the built-in scraper and by the real program."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Counts, Sample
from console.metrics.evidence_source import PrometheusSource
from tests.lab_prometheus.programs import KINDS, SCRAPE_S, page, running, until
from tests.metrics.gateway_pages import GATEWAYS
from tests.metrics.test_gateways import FAST_S, gateway_plan

pytestmark = [pytest.mark.real, pytest.mark.full]


@pytest.mark.parametrize("kind", KINDS)
def test_what_each_gateway_writes_is_found_and_counted(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack, asyncio.Runner() as runner:
        shown = [stack.enter_context(page()) for _ in GATEWAYS]
        every = f"{SCRAPE_S * 1000:.0f}ms"
        targets = [
            {"targets": [each.address], "labels": {"namespace": "edge", "pod": f"gateway-{at}"}}
            for at, each in enumerate(shown)
        ]
        config = {
            "global": {"scrape_interval": every, "scrape_timeout": every},
            "scrape_configs": [{"job_name": "edge", "static_configs": targets}],
        }
        for gateway, each in zip(GATEWAYS, shown, strict=True):
            each.show(gateway.page({gateway.stable: {"200": 1000}, gateway.canary: {"200": 10}}, FAST_S))
        url = stack.enter_context(running(kind, config, folder=tmp_path))
        for each in shown:
            each.wait_scraped()
        for gateway, each in zip(GATEWAYS, shown, strict=True):
            source = PrometheusSource.connect(gateway_plan(gateway, url=url, interval_s=1))
            until(partial(_has_counted, source, runner))
            assert [check for check in runner.run(source.preflight()) if not check.ok] == []
            ends = {"200": 30, "404": 10, "500": 15, "504": 5}
            each.show(gateway.page({gateway.stable: {"200": 1000}, gateway.canary: ends}, FAST_S))
            found: list[Sample] = []

            def has_grown(found: list[Sample] = found, source: PrometheusSource = source) -> bool:
                found.extend(filter(None, [_counted(source, runner)]))
                return bool(found) and (found[-1].canary.counts or Counts()).requests > 0

            until(has_grown)
            counts = found[-1].canary.counts
            assert counts is not None
            assert replace(counts, latency=()) == Counts(requests=50, errors_4xx=10, errors_5xx=20), (
                gateway.name
            )
            at = next(at for at, edge in enumerate(gateway.edges_ms) if edge >= FAST_S * 1000)
            assert counts.latency == tuple(50.0 * (at == index) for index in range(len(gateway.edges_ms) + 1))


def _has_counted(source: PrometheusSource, runner: asyncio.Runner) -> bool:
    return _counted(source, runner) is not None


def _counted(source: PrometheusSource, runner: asyncio.Runner) -> Sample | None:
    with suppress(EvidenceError):
        return runner.run(source.sample(deadline_s=30))
    return None
