"""Raw samples of the real Prometheus, each with its own time stamp."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from console.evidence import Sample, Stretch
from console.metrics.evidence_source import PrometheusSource
from tests.lab_prometheus.programs import PROGRAM, Page, page, running, until
from tests.lab_prometheus.test_source_on_both import LABELS
from tests.metrics.scripted import plan

SCRAPE_S = 1


class Pod:
    """One pod's page: requests and failures since it began."""

    def __init__(self, shown: Page, workload: str) -> None:
        self.shown, self.workload = shown, workload
        self.good, self.failed = 1000, 2

    def serve(self, good: int, failed: int = 0) -> None:
        self.good, self.failed = self.good + good, self.failed + failed
        own = f'{LABELS},destination_workload="{self.workload}"'
        name = "istio_request_duration_milliseconds_bucket"
        total = self.good + self.failed
        self.shown.show(
            f'istio_requests_total{{{own},response_code="200"}} {self.good}\n'
            f'istio_requests_total{{{own},response_code="503"}} {self.failed}\n'
            f'{name}{{{own},le="10"}} {self.good}\n{name}{{{own},le="+Inf"}} {total}\n'
        )


@pytest.mark.real
def test_gross_damage_is_told_from_sample_to_sample_against_all_that_stable_can_have_had(
    tmp_path: Path,
) -> None:
    with page() as first, page() as second, page() as third:
        pods = [Pod(first, "checkout-v1"), Pod(second, "checkout-v1"), Pod(third, "checkout-v2")]
        jobs = [
            {"targets": [pod.shown.address], "labels": {"pod": f"{pod.workload}-{at}"}}
            for at, pod in enumerate(pods)
        ]
        config = {
            "global": {"scrape_interval": f"{SCRAPE_S}s", "scrape_timeout": f"{SCRAPE_S}s"},
            "scrape_configs": [{"job_name": "pods", "static_configs": jobs}],
        }
        for pod in pods:
            pod.serve(10)
        with running(PROGRAM, config, folder=tmp_path) as url, asyncio.Runner() as runner:
            source = PrometheusSource.connect(plan(url=url, interval_s=1))
            found: list[Sample] = []

            def shown(*, failing: bool) -> bool:
                for pod in pods:
                    bad = 15 if failing and pod.workload == "checkout-v2" else 0
                    pod.serve(30 - bad, bad)
                time.sleep(SCRAPE_S / 3)
                try:
                    found.append(runner.run(source.sample(deadline_s=10)))
                except Exception:  # noqa: BLE001 - nothing is scraped yet
                    return False
                return True

            until(lambda: shown(failing=False))
            for _ in range(30):
                shown(failing=False)
            assert not any(sample.stretches for sample in found)

            until(lambda: shown(failing=True) and len(_bad(found[-1])) > 1)
    newest = found[-1].stretches
    assert all(each.span_s == pytest.approx(SCRAPE_S, abs=0.5) for each in newest[1:])
    assert _bad(found[-1])[0].stable is not None
    assert all(each.stable.errors == 0 for each in newest if each.stable is not None)
    assert newest[0].stable is not None
    # One of three pods is the canary's. On a busy machine the pages turn unevenly between two scrapes.
    assert 0.2 < newest[0].odds < 1.2


def _bad(sample: Sample) -> list[Stretch]:
    return [each for each in sample.stretches if each.canary.errors > 10]
