from __future__ import annotations

import re

import promql_parser
import pytest

from console.metrics.look import Questions
from console.metrics.presets import ISTIO, PRESETS
from tests.metrics.scripted import V1, V2, plan

QUESTIONS = Questions.of(plan(), ISTIO)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_query_of_a_preset_can_be_filled_and_read(preset: object) -> None:
    assert preset is ISTIO
    asked = [QUESTIONS.counters, QUESTIONS.requests, QUESTIONS.buckets, QUESTIONS.watched]
    for promql in (*asked, *QUESTIONS.usage.values(), ISTIO.workloads):
        promql_parser.parse(promql)


def test_counters_are_asked_raw() -> None:
    assert not re.search(r"rate|increase", QUESTIONS.counters + QUESTIONS.requests + QUESTIONS.buckets)


@pytest.mark.parametrize(
    ("pod", "is_ours"),
    [
        ("checkout-v1-7d9f8b6c4-x2x4z", True),
        ("checkout-v1-worker-7d9f8b6c4-x2x4z", False),
        ("checkout-v10-7d9f8b6c4-x2x4z", False),
        ("checkout-v1", False),
    ],
)
def test_only_the_pods_of_the_deployment_itself_are_meant(pod: str, *, is_ours: bool) -> None:
    found = re.search(r'pod=~"([^"]*)"', QUESTIONS.usage[V1, "memory"])
    assert found
    assert (re.fullmatch(found[1], pod) is not None) == is_ours


def test_both_versions_are_asked_at_once() -> None:
    assert f'destination_workload=~"{V1}|{V2}"' in QUESTIONS.requests
