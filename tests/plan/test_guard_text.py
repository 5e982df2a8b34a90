from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import PlanError
from console.plan.guard_text import guards_as_text, with_guards
from console.plan.load import load_plan
from console.plan.model import Judge, Metric, Plan, Rule, Slo, Then
from tests.screens import stories

SAMPLES = sorted((Path(__file__).parents[2] / "sample_plans").glob("*.yaml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_is_written_is_read_as_the_same_plan(path: Path) -> None:
    plan = load_plan(path)
    assert with_guards(plan, guards_as_text(plan)) == plan


def test_the_guards_of_one_stage_are_told_apart() -> None:
    plan = stories.plan()
    own = stories.guard(Metric.MEMORY, Rule.MAX, 3.5 * 2**30, then=Then.HOLD, min_requests=0)
    third = replace(plan.stages[2], guards=(*plan.stages[2].guards, own))
    plan = replace(plan, stages=(*plan.stages[:2], third, *plan.stages[3:]))
    text = guards_as_text(plan)
    assert "stage 3:\n  guards:\n    - {metric: memory, max: 3.5 GiB" in text
    assert with_guards(plan, text) == plan


def test_a_plan_can_be_left_without_guards() -> None:
    plan = with_guards(stories.plan(), "guards: []")
    assert not any(stage.guards for stage in plan.stages)


def edited(old: str, new: str) -> Plan:
    plan = stories.plan()
    return with_guards(plan, guards_as_text(plan).replace(old, new))


def test_an_edit_changes_that_guard_and_nothing_else() -> None:
    plan, before = edited("max: 1%, for: 10s", "max: 0.5%, for: 5s"), stories.plan()
    for was, stage in zip(before.stages, plan.stages, strict=True):
        assert (stage.guards[0].limit, stage.guards[0].for_s) == (0.005, 5.0)
        assert stage.guards[1:] == was.guards[1:]
        assert replace(stage, guards=()) == replace(was, guards=())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("max: 1%", "max: much", "guards:2:"),
        ("metric: error_rate", "metric: eror_rate", "guards:2:"),
        ("guards:", "gaurds:", "guards:1:1"),
        ("{metric", "[metric", "guards:"),
        ("max: 500ms", "max: 500", "has no unit"),
    ],
)
def test_what_can_not_be_read_has_its_line(old: str, new: str, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        edited(old, new)


def test_two_guards_of_one_name_are_a_problem() -> None:
    text = guards_as_text(stories.plan())
    with pytest.raises(PlanError, match="stands twice"):
        with_guards(stories.plan(), text + text.splitlines()[1] + "\n")


JUDGED = replace(stories.plan(), judge=Judge(slo=Slo(latency_ms=250.0, slower=0.05), tolerate=0.004))


def test_the_judges_terms_are_part_of_the_text() -> None:
    text = guards_as_text(JUDGED)
    assert (
        "judge: {tolerate: 0.4pp, block: 15s, low_traffic: ask, on_shared_breach: retreat, alone: pause}"
        in text
    )
    assert "slo: {error_rate: 1%, p95: 250ms}" in text
    assert with_guards(JUDGED, text) == JUDGED
    edited = with_guards(JUDGED, text.replace("0.4pp", "2pp"))
    assert edited == replace(JUDGED, judge=replace(JUDGED.judge or Judge(), tolerate=0.02))


def test_a_text_without_a_judge_wants_none() -> None:
    assert with_guards(JUDGED, "guards: []").judge is None


def test_kayenta_cannot_judge_a_recording_anew() -> None:
    with pytest.raises(PlanError):
        with_guards(JUDGED, "judge: {kind: kayenta}\nguards: []")
