"""A worker that gets a signal, in virtual time; with real processes in tests/processes/test_leaving.py."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.errors import ExitCode, Unreachable
from console.plan.model import Then
from console.policy.ending import exit_code_when_left
from console.release import events as ev
from console.release.event_words import event_in_words
from console.worker.signals import SAME_S, Heed, heard, heed, on_stop
from tests.releases import ANA, counts, plan
from tests.virtual_time import virtually
from tests.worker.ports import Stand

if TYPE_CHECKING:
    from pathlib import Path


async def signalled(
    stand: Stand, *signals: tuple[float, signal.Signals], then: Then, for_s: float = 3600.0
) -> int | None:
    """Run with signals at their times; gives the exit code, or None where the worker left before the end."""
    running = asyncio.ensure_future(stand.run(for_s=for_s))
    answer = Heed(stand.worker, person=ANA, then=then, leave=running.cancel)
    for at_s, number in signals:
        asyncio.get_running_loop().call_later(at_s, answer, number)
    try:
        return await running
    except asyncio.CancelledError:
        return None


def heard_by(stand: Stand) -> list[tuple[str, str]]:
    return [(e.signal, e.does) for e in stand.all_of(ev.Signalled) if isinstance(e, ev.Signalled)]


def test_without_a_word_in_the_plan_a_pipeline_goes_back_and_a_worker_in_the_background_holds() -> None:
    assert on_stop(plan(), foreground=True) is Then.ROLLBACK
    assert on_stop(plan(), foreground=False) is Then.HOLD


@pytest.mark.parametrize("then", list(Then))
def test_the_plan_decides_for_both(then: Then) -> None:
    both = [on_stop(replace(plan(), on_stop=then), foreground=place) for place in (True, False)]
    assert both == [then, then]


@virtually
async def test_term_rolls_back_and_is_on_record_with_its_name(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert await signalled(stand, (12.5, signal.SIGTERM), then=Then.ROLLBACK) == 11
    assert stand.router.weight == 0
    assert heard_by(stand) == [("SIGTERM", "roll_back")]
    (asked,) = stand.all_of(ev.RollbackAsked)
    assert isinstance(asked, ev.RollbackAsked)
    assert asked.reason == "the run was interrupted by SIGTERM"


@virtually
async def test_ctrl_z_stops_no_release_and_says_why(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert await signalled(stand, (5.0, signal.SIGTSTP), then=Then.ROLLBACK) == ExitCode.PROMOTED
    assert heard_by(stand) == [("SIGTSTP", "go_on")]
    words = event_in_words(stand.all_of(ev.Signalled)[0], stand.worker.release)
    assert words == (
        "SIGTSTP: a stopped process guards nothing, so this one goes on; Ctrl-C does what the plan says"
    )


async def test_no_signal_of_a_terminal_stops_the_process_while_it_drives() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN)]
    with heard() as signals:
        heard_so_far: list[signal.Signals] = []
        came = asyncio.Event()

        def answer(number: signal.Signals) -> None:
            heard_so_far.append(number)
            came.set()

        signals.answered_by(answer)
        for each in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
            os.kill(os.getpid(), each)
        async with asyncio.timeout(60):
            await came.wait()
    assert heard_so_far == [signal.SIGTSTP]
    assert [signal.getsignal(each) for each in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN)] == before


@virtually
async def test_term_holds_and_nothing_moves_behind_it(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert await signalled(stand, (12.5, signal.SIGTERM), then=Then.HOLD) is None
    written, records = list(stand.router.written), len(stand.records)
    await asyncio.sleep(3600)
    assert stand.router.written == written
    assert len(stand.records) == records
    assert heard_by(stand) == [("SIGTERM", "hold")]
    assert exit_code_when_left(stand.worker.release) is ExitCode.LEFT
    words = event_in_words(stand.all_of(ev.Signalled)[0], stand.worker.release)
    assert words == (
        f"SIGTERM: this worker stops, the weight stays at {stand.router.weight}%; "
        "pithead resume checkout-1 goes on, holding first"
    )


@virtually
async def test_a_release_that_was_stopped_holds_when_it_is_resumed(tmp_path: Path) -> None:
    first = Stand(tmp_path)
    await signalled(first, (12.5, signal.SIGTERM), then=Then.HOLD)

    second = Stand(tmp_path, world=first.world)
    with pytest.raises(TimeoutError):
        await second.run(for_s=600.0)
    assert second.worker.release.taken_up_by == ANA
    assert second.router.weight == first.router.weight


@virtually
async def test_a_lost_terminal_ends_nothing_and_is_on_record_once(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    hangups = [(at_s, signal.SIGHUP) for at_s in (2.5, 3.5, 12.5)]
    assert await signalled(stand, *hangups, then=Then.ROLLBACK) == ExitCode.PROMOTED
    assert heard_by(stand) == [("SIGHUP", "go_on")]


@virtually
async def test_a_second_signal_leaves_as_it_is(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.before_write = lambda weight: Unreachable("no answer") if weight == 0 else None
    signals = ((12.5, signal.SIGTERM), (20.0, signal.SIGINT))
    assert await signalled(stand, *signals, then=Then.ROLLBACK) is None
    assert heard_by(stand) == [("SIGTERM", "roll_back"), ("SIGINT", "leave")]
    assert exit_code_when_left(stand.worker.release) is ExitCode.ROLLBACK_NOT_CONFIRMED


@virtually
async def test_the_echo_of_a_signal_is_not_a_second_one(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.before_write = lambda weight: 2.0 if weight == 0 else None
    signals = ((12.5, signal.SIGTERM), (12.5 + SAME_S / 2, signal.SIGTERM))
    assert await signalled(stand, *signals, then=Then.ROLLBACK) == ExitCode.ROLLED_BACK_BY_PERSON
    assert heard_by(stand) == [("SIGTERM", "roll_back")]


@virtually
async def test_a_rollback_under_way_is_not_left_by_a_first_signal(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    tries: list[int] = []

    def fail(weight: int) -> Exception | None:
        tries.append(weight)
        return Unreachable("no answer") if weight == 0 and tries.count(0) < 9 else None

    stand.router.before_write = fail
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 5 else 0)
    code = await signalled(stand, (8.0, signal.SIGTERM), then=Then.HOLD)
    assert code == ExitCode.ROLLED_BACK_BY_GUARD
    assert heard_by(stand) == [("SIGTERM", "go_on")]


@virtually
async def test_behind_the_end_a_signal_is_nothing(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    await stand.run()
    Heed(stand.worker, person=ANA, then=Then.HOLD, leave=lambda: pytest.fail("it left"))(signal.SIGTERM)
    assert heard_by(stand) == []


def test_a_signal_that_comes_before_there_is_a_release_waits_for_it(tmp_path: Path) -> None:
    async def drive() -> None:
        with heard() as signals:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
            stand = Stand(tmp_path)
            running = asyncio.ensure_future(stand.worker.run())
            heed(signals, stand.worker, ANA, running, then=Then.HOLD)
            with pytest.raises(asyncio.CancelledError):
                await running
            assert heard_by(stand) == [("SIGTERM", "hold")]
            stand.journal.close()
            stand.spare.let_go()

    before = signal.getsignal(signal.SIGTERM)
    asyncio.run(drive())
    assert signal.getsignal(signal.SIGTERM) == before
