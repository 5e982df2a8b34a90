"""Each preset holds what a look needs, and one list names them all."""

from __future__ import annotations

import re
from pathlib import Path

import promql_parser
import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.metrics import presets
from console.metrics.presets import PRESETS, preset_of
from console.metrics.query_round import Questions
from console.metrics.template import fill
from console.plan import defaults
from console.plan.router_kind import kind_of
from console.plan.routers import NAMES, written
from console.plan.routers.istio import Destination, Settings
from tests.metrics.scripted import V1, V2, plan

PODS = {V1: ("checkout-v1-abc-a", "checkout-v1-abc-b"), V2: ("odd.name",)}
HOSTS = Settings(
    virtual_service="checkout", route=None, stable=Destination(host=V1), canary=Destination(host=V2)
)


@pytest.fixture(params=PRESETS)
def questions(request: pytest.FixtureRequest) -> Questions:
    """Of a plan whose versions have hosts of their own: a look asks for all that a preset has."""
    of = plan()
    of = replace(of, router=written(HOSTS), metrics=replace(of.metrics, preset=request.param))
    return Questions.of(of, preset_of(of.metrics), PODS)


def test_every_query_of_a_preset_can_be_filled_and_read(questions: Questions) -> None:
    of_pods = questions.of_pods(PODS)
    assert len(of_pods) == 5
    others = [
        fill(questions.preset.workloads, {"namespace": "shop"}),
        questions.newest,
        questions.scraped_every,
    ]
    asked = [questions.counters, questions.requests, questions.buckets]
    for promql in (*asked, *others, *map(str, of_pods.values())):
        promql_parser.parse(promql)


def test_counters_are_asked_raw(questions: Questions) -> None:
    assert not re.search(r"\b(rate|increase)\b", questions.counters + questions.requests + questions.buckets)


def test_both_versions_are_asked_at_once(questions: Questions) -> None:
    if questions.preset.of_one:
        assert all(
            f'"{questions.preset.workload_label}", "{each}"' in questions.requests for each in (V1, V2)
        )
    else:
        assert re.search(rf'=~"\(?\|?{V1}\|{V2}\)?"', questions.requests)


def test_the_plan_s_format_and_the_folder_name_the_same_presets() -> None:
    files = {path.stem for path in Path(presets.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == set(defaults.PRESETS) == set(PRESETS)
    assert {kind_of(name).PRESET for name in NAMES} <= files


def test_a_preset_that_only_another_pithead_knows_leaves_its_release_blind() -> None:
    with pytest.raises(EvidenceError, match="does not know the preset gloo"):
        preset_of(replace(plan().metrics, preset="gloo"))
