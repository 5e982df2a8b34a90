from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.command import Command
from console.errors import EvidenceError, ExitCode, Unreachable
from console.evidence import Counts, History, Stretch
from console.host.control import Ask
from console.journal import read_journal
from console.preflight import Check
from console.release import events as ev
from console.release.event import Event
from console.release.fold import fold_all
from tests.releases import ANA, counts, guard, plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand, split_at

ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA, reason="pager")


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


@virtually
async def test_a_healthy_release_walks_its_stages_to_the_end(stand: Stand) -> None:
    assert await stand.run() == ExitCode.PROMOTED
    assert [weight for _at, weight in stand.router.written] == [10, 50, 100]


@virtually
async def test_a_bad_canary_is_pulled_back_by_its_guard(stand: Stand) -> None:
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 5 else 0)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    assert stand.router.weight == 0


@virtually
async def test_a_failed_preflight_writes_nothing(stand: Stand) -> None:
    stand.router.checks = (Check(name="route", ok=False, words="is not there"),)
    assert await stand.run() == ExitCode.PREFLIGHT_FAILED
    assert stand.router.written == []


@virtually
async def test_the_intent_is_on_record_before_the_router_is_touched(stand: Stand) -> None:
    kinds: list[type[Event]] = []
    stand.router.before_write = lambda _weight: kinds.append(type(stand.records[-1].event))
    await stand.run()
    assert kinds == [ev.WeightRequested] * 3


@virtually
async def test_the_state_is_the_fold_of_the_journal(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    await stand.run()
    assert fold_all(read_journal(tmp_path / "journal.jsonl")) == stand.worker.release


@virtually
async def test_a_person_rolls_back(stand: Stand) -> None:
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1] == (4.0, 0)


@virtually
async def test_a_hanging_prometheus_delays_no_tick(stand: Stand) -> None:
    stand.source.of = lambda tick: 3600.0 if tick > 3 else counts(100)
    with pytest.raises(TimeoutError):
        await stand.run(for_s=20.0)
    ticks = stand.times_of(ev.SampleTaken)
    assert len(ticks) == 19
    assert all(abs(at - (round(at - 0.8) + 0.8)) < 0.01 for at in ticks[4:])


@virtually
async def test_a_hanging_prometheus_delays_no_rollback(stand: Stand) -> None:
    stand.source.of = lambda _tick: 3600.0
    asyncio.get_running_loop().call_later(4.5, lambda: stand.worker.take(ROLL_BACK))
    await stand.run()
    assert stand.router.written[-1] == (4.5, 0)


@virtually
async def test_a_hanging_forward_write_delays_no_rollback(stand: Stand) -> None:
    stand.router.before_write = lambda weight: 30.0 if weight else None
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[0] == (4.0, 0)


@virtually
async def test_a_forward_write_that_lands_after_the_rollback_does_not_stay(stand: Stand) -> None:
    stand.router.before_write = lambda weight: 30.0 if weight else None
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    await stand.run()
    assert stand.router.weight == 0


def slow_to_read_from(stand: Stand, at_s: float) -> None:
    """Let the object have moved, and each read of it take two seconds from then on."""
    loop = asyncio.get_running_loop()
    stand.router.before_read = lambda: 2.0 if loop.time() > at_s else None
    loop.call_later(at_s, lambda: setattr(stand.worker._writer, "_split", None))


@virtually
async def test_a_forward_write_that_was_not_sent_yet_is_not_sent_behind_a_rollback(stand: Stand) -> None:
    slow_to_read_from(stand, 9.9)
    asyncio.get_running_loop().call_later(11.5, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert [type(event) for event in stand.all_of(ev.StageEntered)] == [ev.StageEntered] * 2
    assert {weight for _at, weight in stand.router.written} == {10, 0}


@virtually
async def test_a_forward_write_that_was_not_sent_yet_is_not_sent_behind_a_pause(stand: Stand) -> None:
    slow_to_read_from(stand, 9.9)
    pause = Ask(command=Command.PAUSE, person=ANA)
    asyncio.get_running_loop().call_later(11.5, lambda: stand.worker.take(pause))
    with pytest.raises(TimeoutError):
        await stand.run(for_s=60.0)
    assert [weight for _at, weight in stand.router.written] == [10]


@virtually
async def test_a_rollback_goes_on_until_the_router_can_be_reached(stand: Stand) -> None:
    loop = asyncio.get_running_loop()

    def unreachable() -> Exception | None:
        return Unreachable("no route to host") if 4.0 <= loop.time() < 90.0 else None

    stand.router.before_read = unreachable
    stand.router.before_write = lambda _weight: unreachable()
    loop.call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    back_at, weight = stand.router.written[-1]
    assert (weight, back_at < 91.1) == (0, True)
    assert len(stand.all_of(ev.WriteFailed)) > 80


@virtually
async def test_an_answer_that_was_lost_is_found_by_reading_back(stand: Stand) -> None:
    stand.router.after_write = lambda weight: Unreachable("connection reset") if weight == 50 else None
    assert await stand.run() == ExitCode.PROMOTED
    assert [weight for _at, weight in stand.router.written] == [10, 50, 100]


@virtually
async def test_an_object_that_changed_elsewhere_is_read_again_and_written_again(stand: Stand) -> None:
    touched = [False]

    def touch(weight: int) -> None:
        if weight == 0 and not touched[0]:
            touched[0] = True
            stand.router.set(stand.router.weight, by="label-bot")

    stand.router.before_write = touch
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1] == (4.0, 0)


@virtually
async def test_a_weight_changed_by_someone_else_holds_the_release(stand: Stand) -> None:
    asyncio.get_running_loop().call_later(4.5, lambda: stand.router.set(70, by="kubectl-edit"))
    with pytest.raises(TimeoutError):
        await stand.run(for_s=60.0)
    assert stand.worker.release.changed_by == "kubectl-edit"
    assert [weight for _at, weight in stand.router.written] == [10]


@virtually
async def test_resuming_writes_the_plans_weight_again(stand: Stand) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(4.5, lambda: stand.router.set(70, by="kubectl-edit"))
    loop.call_later(8.5, lambda: stand.worker.take(Ask(command=Command.RESUME, person=ANA)))
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.router.written[1] == (8.5, 10)


@virtually
async def test_a_blind_release_ends_on_stable_when_its_patience_ends(stand: Stand) -> None:
    stand.source.of = lambda _tick: EvidenceError("Prometheus is down")
    assert await stand.run() == ExitCode.HELD
    assert stand.router.weight == 0


@virtually
async def test_a_refused_command_is_on_record_with_its_reason(stand: Stand) -> None:
    asyncio.get_running_loop().call_later(
        2.0, lambda: stand.worker.take(Ask(command=Command.RESUME, person=ANA))
    )
    await stand.run()
    (refused,) = stand.all_of(ev.CommandRefused)
    assert isinstance(refused, ev.CommandRefused)
    assert refused.why.startswith("it is not paused")


@virtually
async def test_a_defect_in_the_metrics_makes_blind_ticks_that_name_its_place(stand: Stand) -> None:
    stand.source.of = lambda _tick: ValueError("nobody thought of this")
    assert await stand.run() == ExitCode.HELD
    first = stand.all_of(ev.SampleTaken)[0]
    assert isinstance(first, ev.SampleTaken)
    assert "defect in pithead, at worker/ports.py:" in first.sample.trouble


@virtually
async def test_a_defect_in_the_router_is_a_failed_write_that_is_tried_again(stand: Stand) -> None:
    stumbles = iter([ValueError("nobody thought of this")] * 3)
    stand.router.before_write = lambda weight: next(stumbles, None) if weight == 0 else None
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert len(stand.all_of(ev.WriteFailed)) == 3


@virtually
async def test_a_defect_in_the_preflight_refuses_the_release(stand: Stand) -> None:
    stand.router.checks = None  # type: ignore[assignment]  # what a defect would give
    assert await stand.run() == ExitCode.PREFLIGHT_FAILED


@virtually
async def test_ticks_stay_on_their_grid_while_looks_take_long(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(10, guard(), hold_s=300), interval_s=5.0, patience_s=900.0))
    stand.source.of = lambda tick: 3600.0 if tick % 2 else counts(100)
    with pytest.raises(TimeoutError):
        await stand.run(for_s=101.0)
    assert stand.source.ticks == 20


@virtually
async def test_a_pipeline_ends_when_its_rollback_cannot_be_confirmed(tmp_path: Path) -> None:
    stand = Stand(tmp_path, attended=False)
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 3 else 0)
    stand.router.before_write = lambda weight: Unreachable("down") if weight == 0 else None
    assert await stand.run() == ExitCode.ROLLBACK_NOT_CONFIRMED


@virtually
async def test_a_defect_in_reading_the_past_refuses_no_release(stand: Stand) -> None:
    stand.source.past = History(minutes=(None,))  # type: ignore[arg-type] # stands for a defect of ours
    assert await stand.run() == ExitCode.PROMOTED
    warnings = [check.words for check in stand.worker.release.checks if check.warning]
    assert len(warnings) == 1
    assert warnings[0].startswith("a defect in pithead, at ")


@virtually
async def test_behind_a_suspicious_look_the_next_comes_within_a_second(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(10, hold_s=60), interval_s=5))
    suspicious = Stretch(span_s=5.0, canary=Counts(requests=10))
    stand.source.of = lambda tick: (
        replace(split_at(counts(100), 10), stretches=(suspicious,)) if tick in (3, 4) else counts(100)
    )
    await stand.run()
    looks = [record.at for record in stand.records if isinstance(record.event, ev.SampleTaken)]
    steps = [round(after - before) for before, after in pairwise(looks[:7])]
    assert steps == [5, 5, 1, 1, 5, 5]
