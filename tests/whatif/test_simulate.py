from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import JournalError
from console.evidence import Sample
from console.plan.model import Plan
from console.release import events as ev
from console.release.event import Event
from console.release.fold import fold_all
from console.release.state import Phase
from console.whatif.evidence import NEVER_SENT, Basis
from console.whatif.simulate import what_if
from console.whatif.simulation import Simulation
from tests.releases import ANA, Story, counts, guard, plan, running, sample, stage
from tests.whatif.random_releases import random_release

BAD = sample(canary=counts(100, errors=30))
PATIENT = plan(stage(10, guard(for_s=5.0)), stage(50, guard(for_s=5.0)))
HASTY = plan(stage(10, guard()), stage(50, guard()))


def rolled_back(of: Plan, looks: list[Sample]) -> Story:
    """A release that its guard rolls back upon these looks, in the first stage."""
    story = running(of)
    story.ticks(looks)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"), ev.WeightRequested(number=2, weight=0))
    story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=40.0), after_s=0.04)
    story.ticks([sample(canary=counts(0))] * 2)
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=10, reason="bad"))
    return story


def when(simulated: Simulation, kind: type[Event]) -> list[float]:
    return [record.at for record in simulated.records if isinstance(record.event, kind)]


@pytest.mark.parametrize("batch", range(2))
def test_what_is_told_is_a_sound_journal_under_any_plan(batch: int, tmp_path: Path) -> None:
    for seed in range(batch * 8, batch * 8 + 8):
        records = random_release(seed, tmp_path / str(seed))
        told = what_if(records, HASTY)
        assert fold_all(told.records) == told.release
        assert [record.n for record in told.records] == list(range(1, len(told.records) + 1))
        times = [record.at for record in told.records]
        assert times == sorted(times)


def test_a_stricter_guard_rolls_back_earlier_and_confirms_in_the_usual_time() -> None:
    story = rolled_back(PATIENT, [sample()] * 3 + [BAD] * 6)
    told = what_if(story.records, HASTY)
    assert when(told, ev.RollbackDecided) == [1004.0]
    confirmed = [record for record in told.records if isinstance(record.event, ev.WeightConfirmed)]
    assert confirmed[-1].at == pytest.approx(1004.0 + (3.0 + 40.0) / 2 / 1000)
    assert told.release.phase is Phase.ENDED


def test_behind_its_own_rollback_the_canary_is_taken_to_serve_nobody() -> None:
    told = what_if(rolled_back(PATIENT, [sample()] * 3 + [BAD] * 6).records, HASTY)
    assert told.ticks[-1].basis is Basis.SUPPOSED
    assert told.release.rollback is not None
    assert told.release.rollback.gone_at is not None


def test_a_laxer_guard_runs_until_the_evidence_ends() -> None:
    story = rolled_back(HASTY, [sample(), BAD])
    told = what_if(story.records, PATIENT)
    assert told.release.phase is Phase.RUNNING
    assert told.evidence_ends_at == 1002.04


def test_evidence_of_another_weight_is_marked_and_never_scaled() -> None:
    story = running(PATIENT)
    story.ticks([sample()] * 8)
    told = what_if(story.records, plan(stage(10, guard(), hold_s=3.0), stage(50, guard())))
    assert when(told, ev.StageEntered)[1] == 1003.0
    assert told.ticks[-1].basis is Basis.BORROWED
    last = told.records[-1].event
    assert isinstance(last, ev.SampleTaken)
    assert last.sample == replace(sample(), split=10)


def test_traffic_that_was_never_sent_has_no_evidence() -> None:
    story = Story(PATIENT)
    story.tell(ev.RouterSeen(weight=0), ev.PreflightDone(checks=running().release.checks))
    story.tell(ev.StageEntered(stage=0), ev.WeightRequested(number=1, weight=10))
    story.ticks([sample(canary=counts(0))] * 2)
    told = what_if(story.records, plan(stage(25, guard())))
    assert [tick.basis for tick in told.ticks] == [Basis.MISSING, Basis.MISSING]
    assert told.release.blind_because == NEVER_SENT


def test_an_approval_waits_for_its_stage() -> None:
    quick = plan(stage(10, guard(), hold_s=2.0), stage(50, guard(), hold_s=2.0, approve=True))
    slow = plan(stage(10, guard(), hold_s=6.0), stage(50, guard(), hold_s=2.0, approve=True))
    story = running(quick)
    story.ticks([sample()] * 2)
    story.enter(1)
    story.tell(ev.Approved(person=ANA), after_s=0.5)
    story.ticks([sample(counts(500), counts(500))] * 8)
    told = what_if(story.records, slow)
    (approved,) = when(told, ev.Approved)
    assert approved == when(told, ev.StageEntered)[1]


def test_a_promotion_of_another_stage_is_left_out() -> None:
    story = running(plan(stage(10, guard(), hold_s=1.0), stage(50, guard(), hold_s=9.0)))
    story.ticks([sample()])
    story.enter(1)
    story.ticks([sample()] * 2)
    story.tell(ev.PromotionAsked(person=ANA))
    story.ticks([sample()] * 2)
    told = what_if(story.records, plan(stage(10, guard(), hold_s=60.0), stage(50, guard())))
    assert [dropped.why for dropped in told.dropped] == ["promote was asked for in another stage"]
    assert not when(told, ev.PromotionAsked)


def test_what_was_refused_stays_refused() -> None:
    story = running(HASTY)
    story.tell(ev.CommandRefused(command="approve", person=ANA, why="this stage wants no approval"))
    told = what_if(story.records, plan(stage(10, guard(), approve=True)))
    assert told.release.approved_by is None
    assert when(told, ev.CommandRefused)


def test_a_command_that_the_other_plan_does_not_take_is_refused_with_its_why() -> None:
    story = running(HASTY)
    story.tell(ev.Paused(person=ANA))
    strict = replace(HASTY, reasons=("pause",))
    (refused,) = (
        record.event
        for record in what_if(story.records, strict).records
        if record.event.__class__ is ev.CommandRefused
    )
    assert isinstance(refused, ev.CommandRefused)
    assert "reason" in refused.why


def test_messages_of_the_recorded_release_are_left_out_where_the_two_have_parted() -> None:
    story = running(HASTY)
    story.tell(ev.Notified(to="chat", occasion="stage", took_ms=1.0), after_s=1.0)
    assert when(what_if(story.records, HASTY), ev.Notified)
    assert not when(what_if(story.records, plan(stage(25, guard()))), ev.Notified)


def test_looks_come_as_they_were_recorded_whatever_interval_the_plan_has() -> None:
    story = running(plan(stage(10, guard(), hold_s=3.0), interval_s=5.0))
    story.ticks([sample()] * 3, every_s=5.0)
    told = what_if(story.records, plan(stage(10, guard(), hold_s=3.0), interval_s=1.0))
    assert told.release.held_s > 0


def test_what_does_not_begin_with_an_opening_is_no_recording() -> None:
    with pytest.raises(JournalError, match="does not begin"):
        what_if(running().records[1:], HASTY)
