"""The page of Linkerd's proxy, scraped by the built-in scraper and by the real program."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from console.errors import EvidenceError
from console.evidence import Counts, Sample
from console.metrics.evidence_source import PrometheusSource
from tests.lab_prometheus.programs import KINDS, SCRAPE_S, page, running, until
from tests.metrics import linkerd_page
from tests.metrics.test_linkerd import FAST, V1, V2, linkerd_plan

pytestmark = [pytest.mark.real, pytest.mark.full]


@pytest.mark.parametrize("kind", KINDS)
def test_a_scraped_page_is_counted_and_the_preflight_is_well(kind: str, tmp_path: Path) -> None:
    with page() as shown, asyncio.Runner() as runner:
        labels = {"namespace": "web", "pod": "web-0"}
        job = {"job_name": "linkerd", "static_configs": [{"targets": [shown.address], "labels": labels}]}
        every = f"{SCRAPE_S * 1000:.0f}ms"
        config = {"global": {"scrape_interval": every, "scrape_timeout": every}, "scrape_configs": [job]}
        shown.show(linkerd_page.page(ends={V1: {("200", ""): 1000}}, below={V1: FAST}))
        with running(kind, config, folder=tmp_path) as url:
            source = PrometheusSource.connect(linkerd_plan(url=url, interval_s=1))
            found: list[Sample] = []

            def counted() -> bool:
                with suppress(EvidenceError):
                    found.append(runner.run(source.sample(deadline_s=30)))
                return bool(found) and (found[-1].canary.counts or Counts()).requests > 0

            until(lambda: bool(counted() or found))
            checks = {check.name: check for check in runner.run(source.preflight())}
            assert all(check.ok for check in checks.values()), checks
            assert checks[f"requests of {V1}"].words == "1 series told by 1 pod"
            shown.show(
                linkerd_page.page(
                    ends={
                        V1: {("200", ""): 1080, ("500", ""): 20},
                        V2: {("200", ""): 6, ("503", ""): 1, ("", "REQUEST_TIMEOUT"): 3},
                    },
                    below={V1: (1000, 1050, *(1100,) * 6), V2: (0, 0, 0, 7, 7, 7, 10, 10)},
                )
            )
            until(counted)
    sample = found[-1]
    assert sample.bounds_ms == (25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 10_000.0)
    assert sample.stable.counts == Counts(requests=100, errors_5xx=20, latency=(100, 0, 0, 0, 0, 0, 0, 0))
    assert sample.canary.counts == Counts(
        requests=10, errors_5xx=1, no_answer=3, latency=(0, 0, 0, 7, 0, 0, 3, 0)
    )
