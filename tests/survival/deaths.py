"""A worker that dies right behind a record of its choice, and everything of it with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from console.journal import read_journal
from console.plan.model import Plan
from console.release import events as ev
from tests.worker.ports import Stand, World

SILENT_S = 7.0
"""So long nobody drives after a death: longer than the gap that stops the clocks."""
LATE_S = 0.4
AGAIN_S = 1.5
"""A person who found nobody tries again so long after somebody drives again."""

Deed = Callable[[Stand], object]
"""What a person or someone else does at its time, to whoever drives then."""


class Fate(StrEnum):
    """What becomes of a write that was asked for when the worker died."""

    LOST = "lost"
    """It never left."""
    LANDED = "landed"
    """It took effect; the answer was lost."""
    LATE = "late"
    """It takes effect only when the next worker is there already, unless that one has written before."""


class Killed(BaseException):
    """The worker's process is gone."""


class Mortal:
    """A world's part that answers only while its worker lives."""

    def __init__(self, part: Any, died: asyncio.Event) -> None:
        self._part = part
        self._died = died

    def __getattr__(self, name: str) -> Any:
        if self._died.is_set():
            raise Killed
        return getattr(self._part, name)


async def live(
    folder: Path, of: Plan, world: World, *, plot: dict[float, Deed], until: int | None, attended: bool
) -> tuple[Stand, int | None]:
    """Let a worker drive to the end, whose exit code is given; or let it die behind record `until`."""
    loop = asyncio.get_running_loop()
    died = asyncio.Event()
    stand = Stand(folder, of, attended=attended, world=_mortal(world, died))
    _let_the_dead_write_nothing(stand, died)

    def maybe_die(record: ev.Record) -> None:
        if until is not None and record.n >= until:
            died.set()
            raise Killed

    with suppress(Killed):
        maybe_die(stand.records[-1])
    stand.book.add_listener(maybe_die)
    timers = [loop.call_at(max(at, loop.time() + AGAIN_S), _do, at, plot, stand) for at in plot]
    running, dying = asyncio.ensure_future(stand.run()), asyncio.ensure_future(died.wait())
    await asyncio.wait({running, dying}, return_when=asyncio.FIRST_COMPLETED)
    for timer in timers:
        timer.cancel()
    if not died.is_set():
        dying.cancel()
        return stand, running.result()
    running.cancel()
    with suppress(Killed, asyncio.CancelledError):
        await running
    return stand, None


def _mortal(world: World, died: asyncio.Event) -> World:
    mortal = World()
    for name in ("router", "source", "lease"):
        setattr(mortal, name, Mortal(getattr(world, name), died))
    return mortal


def _let_the_dead_write_nothing(stand: Stand, died: asyncio.Event) -> None:
    append = stand.journal.append

    def append_alive(record: ev.Record) -> None:
        if died.is_set():
            raise Killed
        append(record)

    stand.journal.append = append_alive  # type: ignore[method-assign]  # for this worker only
    # A killed process leaves to the disk what it had handed over: waiting for it would only take time.
    stand.journal.flush = lambda: None  # type: ignore[method-assign]  # as above


def _do(at: float, plot: dict[float, Deed], stand: Stand) -> None:
    """Let a deed be done; whoever finds no worker, or gets no answer, tries again with the next one."""
    with suppress(Killed):
        plot[at](stand)
        del plot[at]


class Course:
    """How a release went, with or without deaths."""

    def __init__(self, world: World, code: int | None, folder: Path) -> None:
        self.world = world
        self.code = code
        self.records = read_journal(folder / "journal.jsonl")

    @property
    def ended(self) -> ev.ReleaseEnded:
        (ended,) = (record.event for record in self.records if isinstance(record.event, ev.ReleaseEnded))
        return ended

    @property
    def weights(self) -> list[int]:
        return [weight for _at, weight in self.world.router.written]


async def course(
    folder: Path,
    of: Plan,
    *,
    plot: dict[float, Deed],
    prepare: Callable[[World], object],
    deaths: tuple[int, ...] = (),
    fate: Fate = Fate.LOST,
    attended: bool = False,
) -> Course:
    """Let a release run, die behind each of the records in `deaths`, and be taken up each time."""
    world, plot = World(), dict(plot)
    prepare(world)
    code = None
    for until in (*deaths, None):
        stand, code = await live(folder, of, world, plot=plot, until=until, attended=attended)
        if code is not None:
            break
        _befall(world, stand.records[-1].event, fate)
        await asyncio.sleep(SILENT_S)
    return Course(world, code, folder)


def _befall(world: World, last: ev.AnyEvent, fate: Fate) -> None:
    """Let the write that was under way have its fate."""
    if fate is Fate.LOST or not isinstance(last, ev.WeightRequested):
        return
    router, version, weight = world.router, world.router.version, last.weight

    def land() -> None:
        if router.version == version:
            router.set(weight, by="pithead")
            router.written.append((asyncio.get_running_loop().time(), weight))

    if fate is Fate.LANDED:
        land()
    else:
        asyncio.get_running_loop().call_later(SILENT_S + LATE_S, land)
