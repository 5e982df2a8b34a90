"""Three facts of a way back: written, rolled back, recovered; and who takes the traffic away again."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from console.command import Command
from console.errors import ExitCode, Unreachable
from console.host.control import Ask
from console.policy.progress import Step
from console.policy.recovery import WATCH_S, WINDOW_S
from console.policy.retries import LONGEST_PACE_S
from console.release import events as ev
from console.release.event_words import event_in_words
from console.worker.router_writer import ANOTHER_HOLDER, READ_EVERY_S, READS
from tests.releases import ANA, blind, counts, plan, sample, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASKED_S = 5.5
STAYED_S = READS * READ_EVERY_S


def at(seconds: float, act: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(seconds, act)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """A release at 10% that a person rolls back after some ticks."""
    return Stand(tmp_path, plan(stage(10, hold_s=3600.0)))


def roll_back(stand: Stand) -> None:
    at(ASKED_S, lambda: stand.worker.take(Ask(command=Command.ROLL_BACK, person=ANA)))


@virtually
async def test_a_rollback_is_written_then_has_stayed_then_users_have_recovered(stand: Stand) -> None:
    roll_back(stand)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    written = stand.times_of(ev.WeightConfirmed)[-1]
    (stayed,), (recovered,) = stand.times_of(ev.RolledBack), stand.times_of(ev.Recovered)
    (ended,) = stand.times_of(ev.ReleaseEnded)
    assert written - ASKED_S < 0.1
    assert stayed - written == pytest.approx(STAYED_S, abs=0.1)
    assert WINDOW_S <= recovered - written <= WINDOW_S + 3
    assert ended == recovered
    assert "CHECK" not in stand.worker.release.end.reason  # type: ignore[union-attr]  # it has ended


@virtually
async def test_the_worker_tells_each_step(stand: Stand) -> None:
    steps: list[Step] = []

    def note(_record: ev.Record) -> None:
        step = stand.worker.tell().back.step
        if step not in steps:
            steps.append(step)

    stand.book.add_listener(note)
    roll_back(stand)
    await stand.run()
    assert steps == [Step.NONE, Step.ASKED, Step.WRITTEN, Step.ROLLED_BACK, Step.RECOVERED]


@virtually
async def test_who_takes_the_traffic_away_again_is_fought_at_a_decent_pace_and_named(stand: Stand) -> None:
    roll_back(stand)
    for turn in range(30):
        at(ASKED_S + 0.5 + turn, lambda: stand.router.set(30, by="argocd"))
    lines: list[str] = []
    at(ASKED_S + 20.6, lambda: lines.append(stand.worker.tell().back.words))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    (stayed,) = stand.times_of(ev.RolledBack)
    assert stayed > ASKED_S + 29.5 + STAYED_S
    back = [when for when, weight in stand.router.written if weight == 0]
    assert 10 <= len(back) <= 31
    assert max(later - earlier for earlier, later in pairwise(back)) < LONGEST_PACE_S + 1.5
    assert stand.router.weight == 0
    end = stand.worker.release.end
    assert end is not None
    assert "argocd sent traffic to v2 again" in end.reason
    assert "argocd" in lines[0] or "reading back" in lines[0]


def moved_behind(stand: Stand, *, last_stint: str) -> None:
    """Let a manifest send all traffic to v2, once the rollback has stayed and its lease is let go of."""
    stand.lease.certainly, stand.lease.last = False, last_stint
    stand.router.set(100, by="argocd")


@virtually
async def test_what_a_newer_release_has_left_is_not_taken_back_where_only_the_lease_tells_of_it(
    stand: Stand,
) -> None:
    stand.lease.stint = "1"
    roll_back(stand)
    at(ASKED_S + 4.0, lambda: moved_behind(stand, last_stint="2"))
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert stand.router.weight == 100
    (lost,) = stand.all_of(ev.LeaseLost)
    assert lost == ev.LeaseLost(
        why="another holder of the lease has written the router since", by=ANOTHER_HOLDER, wrote=True
    )


@pytest.mark.parametrize("trouble", [None, Unreachable("no route to host")])
@virtually
async def test_it_is_taken_back_where_the_lease_tells_of_nobody(
    stand: Stand, *, trouble: Unreachable | None
) -> None:
    stand.lease.stint = "1"
    roll_back(stand)

    def move() -> None:
        moved_behind(stand, last_stint="1" if trouble is None else "2")
        stand.lease.trouble = trouble

    at(ASKED_S + 4.0, move)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.weight == 0


@virtually
async def test_traffic_that_is_taken_away_once_the_rollback_has_stayed_is_brought_back(stand: Stand) -> None:
    roll_back(stand)
    at(ASKED_S + 6.0, lambda: stand.router.set(30, by="flux"))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert len(stand.all_of(ev.RolledBack)) == 2
    assert stand.router.weight == 0
    assert stand.router.written[-1][0] < ASKED_S + 8.0


@virtually
async def test_a_canary_that_is_served_on_is_watched_for_five_minutes_and_told(stand: Stand) -> None:
    stand.source.of = lambda _tick: sample(canary=counts(40))
    roll_back(stand)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    (stayed,), (over,) = stand.times_of(ev.RolledBack), stand.times_of(ev.Recovered)
    assert WATCH_S <= over - stayed <= WATCH_S + 2
    (told,) = stand.all_of(ev.Recovered)
    assert isinstance(told, ev.Recovered)
    assert told.still_served == 40
    end = stand.worker.release.end
    assert end is not None
    assert "CHECK: v2 is still served, 40 requests in the last look" in end.reason


@virtually
async def test_errors_that_go_on_on_stable_are_no_recovery(stand: Stand) -> None:
    ill = sample(stable=counts(100, errors=20), canary=counts(0))
    stand.source.of = lambda tick: counts(10) if tick < 4 else ill
    roll_back(stand)
    await stand.run()
    (told,) = stand.all_of(ev.Recovered)
    assert isinstance(told, ev.Recovered)
    assert told.troubled


@virtually
async def test_what_nobody_saw_is_no_recovery(stand: Stand) -> None:
    stand.source.of = lambda tick: counts(10) if tick < 4 else blind()
    roll_back(stand)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    (told,) = stand.all_of(ev.Recovered)
    assert isinstance(told, ev.Recovered)
    assert told.unseen
    assert event_in_words(told, stand.worker.release).startswith("NOT SEEN: the metrics did not show v2")


@virtually
async def test_requests_that_failed_on_the_canary_are_counted(stand: Stand) -> None:
    stand.source.of = lambda _tick: counts(100, errors=3)
    roll_back(stand)
    await stand.run()
    looks = [event for event in stand.all_of(ev.SampleTaken) if isinstance(event, ev.SampleTaken)]
    failed = sum(look.sample.canary.counts.errors_5xx for look in looks if look.sample.canary.counts)
    (told,) = stand.all_of(ev.Recovered)
    assert isinstance(told, ev.Recovered)
    assert told.failed == failed > 0


@virtually
async def test_the_lease_is_let_go_of_once_it_has_stayed_and_a_later_driver_is_not_fought(
    stand: Stand,
) -> None:
    roll_back(stand)
    free: list[bool] = []

    def begin_another() -> None:
        free.append(stand.lease.released)
        stand.router.set(10, by="pithead")
        stand.router.driver = "bob@elsewhere (release checkout-2)"

    at(ASKED_S + STAYED_S + 1.0, begin_another)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert free == [True]
    assert (stand.router.weight, stand.router.written[-1][1]) == (10, 0)


@virtually
async def test_in_a_pipeline_it_ends_at_the_first_look_without_the_canary(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(10, hold_s=3600.0)), attended=False)
    roll_back(stand)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    (stayed,), (ended,) = stand.times_of(ev.RolledBack), stand.times_of(ev.ReleaseEnded)
    assert ended - stayed < 3.0


@virtually
async def test_a_router_that_is_not_read_again_is_not_called_rolled_back_by_it(stand: Stand) -> None:
    gone: list[bool] = []
    stand.router.before_read = lambda: OSError("gone") if gone else None
    roll_back(stand)
    at(ASKED_S + 0.2, lambda: gone.append(True))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.all_of(ev.RolledBack) == []
    end = stand.worker.release.end
    assert end is not None
    assert "CHECK: the router could not be read again" in end.reason
