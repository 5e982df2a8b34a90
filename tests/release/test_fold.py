from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import JournalError
from console.plan.model import Then
from console.release import events as ev
from console.release.fold import fold, fold_all
from console.release.state import Phase, Release
from tests.releases import ANA, PREFLIGHT, Story, blind, counts, guard, opened, plan, running, sample, stage


def test_a_journal_must_begin_with_the_opening() -> None:
    with pytest.raises(JournalError, match="does not begin"):
        fold(None, ev.Record(n=1, at=0.0, event=PREFLIGHT))


def test_an_empty_journal_is_no_release() -> None:
    with pytest.raises(JournalError, match="empty"):
        fold_all([])


def test_health_runs_the_clock_of_the_hold() -> None:
    release = running().ticks([sample()] * 5)
    assert (release.held_s, release.stalled_s) == (5.0, 0.0)


def test_blindness_runs_the_clock_of_the_patience() -> None:
    release = running().ticks([sample(), blind(), blind()])
    assert (release.held_s, release.stalled_s) == (1.0, 2.0)


def test_a_pause_stops_both_clocks() -> None:
    story = running()
    story.ticks([sample()])
    story.tell(ev.Paused(person=ANA))
    release = story.ticks([sample(), blind()])
    assert (release.held_s, release.stalled_s) == (1.0, 0.0)


def test_no_clock_runs_through_a_gap() -> None:
    story = running()
    story.ticks([sample()])
    assert story.ticks([sample()], every_s=600.0).held_s == 1.0


def test_waiting_for_a_person_costs_no_patience() -> None:
    story = running(plan(stage(10, guard(), hold_s=2, approve=True), stage(100, guard())))
    assert story.ticks([sample()] * 9).stalled_s == 0.0


def test_a_hold_begins_anew_after_a_guard_held_it() -> None:
    holding = guard(limit=0.05, window_s=1.0, then=Then.HOLD)
    story = running(plan(stage(10, holding, hold_s=20), stage(100, holding)))
    story.ticks([sample()] * 5)
    release = story.ticks([sample(canary=counts(100, errors=50)), sample(), sample()])
    assert (release.held_s, release.stalled_s) == (2.0, 1.0)


def test_evidence_of_another_weight_is_none_for_this_one() -> None:
    story = running()
    story.ticks([sample()] * 3)
    release = story.enter(1)
    assert (release.memory.recent, release.evidence.canary, release.held_s) == ((), None, 0.0)


def test_evidence_taken_while_a_weight_is_written_is_left_out() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.ticks([sample()])
    assert story.tell(ev.WeightConfirmed(number=2, weight=50, took_ms=9.0)).memory.recent == ()


def test_evidence_is_left_out_too_that_was_taken_at_a_weight_of_someone_elses() -> None:
    story = running()
    story.ticks([sample()])
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    story.ticks([sample()])
    back = story.tell(ev.RouterSeen(weight=10, changed_by="kubectl-edit"))
    assert (back.memory.recent, back.evidence.canary, back.stage_at) == ((), None, story.at)


def test_guards_watch_on_while_a_write_hangs_or_someone_else_changed_the_weight() -> None:
    bad = sample(canary=counts(100, errors=50))
    hanging = running()
    hanging.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    changed = running()
    changed.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    assert [story.ticks([bad]).memory.readings[0].ripe for story in (hanging, changed)] == [True, True]


def test_a_weight_changed_by_someone_else_is_known_with_their_name() -> None:
    release = running().tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    assert (release.drifted, release.changed_by, release.weight) == (True, "kubectl-edit", 70)


def test_a_weight_that_came_back_to_ours_is_no_longer_a_change() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    assert not story.tell(ev.RouterSeen(weight=10)).drifted


def test_failures_are_counted_until_a_write_is_confirmed() -> None:
    story = running()
    for number in (2, 3):
        story.tell(
            ev.WeightRequested(number=number, weight=10), ev.WriteFailed(number=number, trouble="down")
        )
    assert story.release.failure is not None
    assert story.release.failure.times == 2
    story.tell(ev.WeightRequested(number=4, weight=10), ev.WeightConfirmed(number=4, weight=10, took_ms=2.0))
    assert story.release.failure is None


def test_each_step_of_a_rollback_is_timed() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana asked"), after_s=1.0)
    story.tell(ev.WeightRequested(number=2, weight=0), after_s=0.01)
    story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=10.0), after_s=0.01)
    story.ticks([sample(canary=counts(0)), sample(canary=counts(0))])
    rollback = story.release.rollback
    assert rollback is not None
    times = [rollback.decided_at, rollback.asked_at, rollback.confirmed_at, rollback.gone_at]
    assert times == pytest.approx([1001.0, 1001.01, 1001.02, 1002.02])


def test_the_canary_is_not_gone_while_it_serves() -> None:
    story = running()
    story.tell(
        ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana asked"),
        ev.WeightRequested(number=2, weight=0),
        ev.WeightConfirmed(number=2, weight=0, took_ms=1.0),
    )
    release = story.ticks([sample(canary=counts(100))] * 3)
    assert release.rollback is not None
    assert release.rollback.gone_at is None


def test_the_end_ends_it() -> None:
    release = running().tell(
        ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="all stages passed")
    )
    assert (release.phase, release.end is not None) == (Phase.ENDED, True)


LOOKS = st.one_of(
    st.builds(
        lambda requests, bad: sample(canary=counts(requests, errors=requests * bad)),
        st.integers(0, 300),
        st.sampled_from([0.0, 0.02, 0.5]),
    ),
    st.just(blind()),
)


@given(st.lists(LOOKS, max_size=40), st.integers(0, 40))
def test_a_fold_can_be_interrupted_anywhere(looks: list[object], cut: int) -> None:
    story = running()
    story.ticks(looks)  # type: ignore[arg-type]  # hypothesis' one_of forgets the type
    half = fold_all(story.records[: max(1, cut)])
    for record in story.records[max(1, cut) :]:
        half = fold(half, record)
    assert msgspec.json.encode(half) == msgspec.json.encode(story.release)


@given(st.lists(LOOKS, max_size=40))
def test_the_clocks_together_never_run_faster_than_time(looks: list[object]) -> None:
    story = running()
    began = story.at
    release = story.ticks(looks)  # type: ignore[arg-type]  # as above
    assert 0.0 <= release.held_s + release.stalled_s <= story.at - began


def test_every_kind_of_event_survives_the_way_to_the_disk_and_back() -> None:
    story = Story(plan())
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
    story.ticks([sample(), blind()])
    decoder = msgspec.json.Decoder(ev.Record)
    assert [decoder.decode(msgspec.json.encode(record)) for record in story.records] == story.records


def test_what_was_asked_for_counts_until_another_generation_is_known() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=10, generation=4))
    asked = story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    assert (asked.generation, asked.asked_since) == (4, (50,))
    failed = story.tell(ev.WriteFailed(number=2, trouble="no answer"))
    assert failed.asked_since == (50,)
    again = story.tell(ev.WeightRequested(number=3, weight=50))
    assert again.asked_since == (50,)
    confirmed = story.tell(ev.WeightConfirmed(number=3, weight=50, took_ms=1.0, generation=5))
    assert (confirmed.generation, confirmed.asked_since) == (5, ())


def test_what_a_stranger_left_is_known_once_a_person_has_moved_it() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=10, generation=4))
    found = story.tell(ev.RouterFound(weight=10, ours=False, by="pithead", generation=6, since=True))
    assert found.generation == 4
    assert story.tell(ev.Resumed(person=ANA)).generation == 6


def test_a_record_of_before_generations_reads_and_writes_as_it_did() -> None:
    line = b'{"n":3,"at":1.0,"event":{"kind":"weight_confirmed","number":1,"weight":10,"took_ms":5.0}}'
    record = msgspec.json.decode(line, type=ev.Record)
    assert msgspec.json.encode(record) == line


def test_no_release_is_opened_within_the_journal_of_another() -> None:
    with pytest.raises(JournalError, match="record 7 opens a release within the journal of another"):
        running().tell(opened(plan()))


def test_a_stage_that_the_plan_does_not_have_can_not_be_entered() -> None:
    with pytest.raises(JournalError, match="record 7 enters stage 4 of 3"):
        running().tell(ev.StageEntered(stage=3))


def test_a_defect_of_ours_in_a_whole_journal_is_no_strangers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: ev.Paused, _release: Release, _at: float) -> Release:
        raise ValueError("a defect")

    monkeypatch.setattr(ev.Paused, "change", broken)
    with pytest.raises(ValueError, match="a defect"):
        running().tell(ev.Paused(person=ANA))
