"""A release of the real worker, in virtual time: its book, its journal on the disk, its tasks, its lease."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import inf
from pathlib import Path
from selectors import BaseSelector, SelectorKey
from typing import Any

from console.errors import ClusterError, EvidenceError, Unreachable
from console.evidence import Sample
from console.host.control import Ask
from console.journal import Tail
from console.policy.permit import Command
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Phase, Release
from tests.model.promises import Promises
from tests.model.setups import PAST, Setup
from tests.model.surroundings import THEIR_WEIGHT, Road, Surroundings, Weather, Wheel, raised
from tests.releases import ANA
from tests.virtual_time import VirtualTimeLoop
from tests.worker.leases import ToyLease, taken
from tests.worker.ports import EPOCH, Stand, ToySource, World

AT_ONCE_S = 0.02
LATE_S = 3.0
"""A write on a slow road takes so long."""
BACK_S = LATE_S + 1.5
"""So long after all is mended stable has everything, or something is wrong."""
END_TICKS = 60


class Deaf(BaseSelector):
    """Waits for no file: in virtual time nothing comes from outside."""

    def __init__(self) -> None:
        self._keys: dict[int, SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[number] = SelectorKey(fileobj, number, events, data)
        return self._keys[number]

    def unregister(self, fileobj: Any) -> SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        _ = timeout
        return []

    def get_map(self) -> Mapping[Any, SelectorKey]:
        return self._keys


class Lease(ToyLease):
    """Certain again once it could be renewed."""

    async def renew(self) -> None:
        await super().renew()
        self.certainly = True


class Sky(ToySource):
    """Shows what the surroundings say, at the weight that the router really has."""

    def __init__(self, world: World, around: Surroundings) -> None:
        super().__init__(world.router)
        self._world = world
        self._around = around
        self.past = PAST

    async def sample(self, *, deadline_s: float) -> Sample:
        _ = deadline_s
        seen = self._around.sample(self._world.router.weight)
        if seen.blind and not seen.span_s:
            raise EvidenceError(seen.trouble)
        return seen


class Staged:
    """Drives a release through its worker."""

    def __init__(self, setup: Setup, promises: Promises, *, folder: Path, loop: VirtualTimeLoop) -> None:
        self.setup = setup
        self.promises = promises
        self.around = Surroundings()
        self.world = World()
        self.loop = loop
        self.folder = folder
        self.viewed: Release | None = None
        """What a viewer folds who reads the file, attached anew to each worker."""
        self.way_is_clear_since = loop.time()
        self._prepare_world()
        self._run(self._start())

    @property
    def records(self) -> list[ev.Record]:
        return self._past + self.stand.records

    @property
    def release(self) -> Release:
        return self.stand.worker.release

    # -- deeds --------------------------------------------------------------------------------------

    def pass_time(self, ticks: int) -> None:
        self._wait(ticks * self.setup.plan.interval_s)

    def weather(self, weather: Weather) -> None:
        self.around.weather = weather
        self.world.stable_ready = 0 if weather is Weather.NO_STABLE else 1
        self.world.canary_ready = 0 if weather is Weather.PODLESS else 1

    def road(self, road: Road) -> None:
        self.around.road = road
        self.way_is_clear_since = self.loop.time() if road is Road.CLEAR else inf

    def wheel(self, wheel: Wheel) -> None:
        self.around.wheel = wheel
        lease = self.world.lease
        lease.certainly = wheel is Wheel.OURS
        lease.trouble = _LEASE_TROUBLES[wheel]()
        if wheel is Wheel.THEIRS:
            self.world.router.set(THEIR_WEIGHT, by="pithead")
            self.world.router.driver = "bob@laptop"

    def disk(self, *, full: bool) -> None:
        self.around.disk_full = full

    def ask(self, command: Command, *, reason: str = "", read_only: bool = False) -> None:
        ask = Ask(command=command, person=ANA, reason=reason, read_only=read_only)
        self._run(self._take(ask))

    def meddle(self, weight: int) -> None:
        self.world.router.set(weight, by="kubectl-edit")
        self.road(self.around.road)

    def crash(self, *, landed: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        under_way = self.release.writes
        self._run(self._die())
        self.road(self.around.road)
        if landed and under_way:
            self.world.router.set(under_way[-1].weight, by="pithead")
        self.around.disk_full = False
        self._run(self._start())

    def sleep(self, for_s: float) -> None:
        self.loop.sleep_through(for_s)
        self.world.lease.certainly = False
        self.road(self.around.road)
        self._wait(AT_ONCE_S)

    def end(self) -> None:
        self.around.mend()
        self.weather(self.around.weather)
        self.wheel(self.around.wheel)
        self.road(Road.CLEAR)
        if self.release.phase is not Phase.ENDED:
            self.ask(Command.ROLL_BACK)
            self._wait(BACK_S + self.setup.plan.interval_s)
            self._check_the_way_back()
        with suppress(TimeoutError):
            self._run(asyncio.wait_for(asyncio.shield(self.running), END_TICKS * self.setup.plan.interval_s))
        self._check_the_end()
        self.check()
        self._run(self._die())

    def check(self) -> None:
        """See whether a viewer, who reads the journal on the disk, sees the worker's release."""
        for record in self.tail.poll():
            self.viewed = fold(self.viewed, record)
        same = bool(self.stand.journal.trouble) or self.viewed == self.release
        self.promises.want(same, "the fold of the journal is another release than the worker's")
        failed = self.running.exception() if self.running.done() else None
        self.promises.want(failed is None, f"the worker failed: {failed!r}")
        self._check_the_way_back()

    # -- the stage ----------------------------------------------------------------------------------

    def _prepare_world(self) -> None:
        router = self.world.router
        self.world.source = Sky(self.world, self.around)
        self.world.lease = Lease()
        router.checks = (Check(name="route", ok=self.setup.passes, words="found, or not"),)
        router.before_read = self._before_read
        router.before_write = self._before_write
        router.admitted = lambda weight: raised(weight) if self.around.road is Road.RAISED else weight
        router.after_write = lambda _weight: Unreachable("reset") if self.around.road is Road.MUTE else None

    def _before_read(self) -> Exception | float | None:
        match self.around.road:
            case Road.CUT:
                return Unreachable("no route to host")
            case Road.SLOW:
                return LATE_S / 2
            case _:
                return None

    def _before_write(self, weight: int) -> Exception | float | None:
        certain = not self.setup.leased or self.world.lease.certainly
        self.promises.written(weight, certain=certain)
        intent = f'"kind":"weight_requested","number":{self.release.last_number},'.encode()
        on_disk = weight == 0 or intent in (self.folder / "journal.jsonl").read_bytes()
        self.promises.want(on_disk, f"{weight}% was written, and its intent is not on the disk")
        match self.around.road:
            case Road.REFUSED:
                return ClusterError("403")
            case Road.CUT:
                return Unreachable("no route to host")
            case Road.SLOW:
                return LATE_S
            case Road.MOVED:
                self.world.router.version += 1
        return None

    async def _start(self) -> None:
        path = self.folder / "journal.jsonl"
        # A viewer of before may have read lines that were not safe, and are gone with the worker.
        self.tail, self.viewed = Tail(path), None
        self._past = Tail(path).poll()
        if len(self._past) < self.promises.count:
            self.promises = self.promises.of_the_past(self._past)
        self.stand = Stand(
            self.folder,
            self.setup.plan,
            attended=self.setup.attended,
            leased=self.setup.leased,
            world=self.world,
        )
        for record in self.stand.records:
            self._see(record)
        self.stand.book.add_listener(self._see)
        self._let_the_disk_be_full()
        self.running = asyncio.ensure_future(self.stand.worker.run())
        await asyncio.sleep(AT_ONCE_S)

    def _see(self, record: ev.Record) -> None:
        release = self.stand.book.release
        assert release is not None
        self.promises.see(record, release)

    def _let_the_disk_be_full(self) -> None:
        """Refuse at the last call before the system's; and wait for no disk, which costs only time."""
        journal = self.stand.journal
        write = journal._write

        def refuse_or(work: Callable[[], None]) -> None:
            if self.around.disk_full:
                raise OSError(errno.ENOSPC, "no space left on device")
            work()

        journal._write = lambda line: refuse_or(lambda: write(line))  # type: ignore[method-assign]  # for this one
        journal.flush = lambda: refuse_or(lambda: None)  # type: ignore[method-assign]  # as above

    async def _take(self, ask: Ask) -> None:
        refused = self.stand.worker.take(ask)
        self.promises.want(bool(refused) or not ask.read_only, "a read-only viewer was obeyed")
        await asyncio.sleep(AT_ONCE_S)

    async def _die(self) -> None:
        """Let the worker be gone, as far as a task can."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.loop.forget_timers()
        self.stand.journal.close()
        self.stand.reserve.let_go()

    def _wait(self, for_s: float) -> None:
        self._run(asyncio.sleep(for_s))

    def _run(self, work: Any) -> None:
        self.loop.run_until_complete(work)

    # -- what must be -------------------------------------------------------------------------------

    def _check_the_way_back(self) -> None:
        """With a clear road a rollback is there soon, whatever else is wrong; meddling shows at a tick."""
        rollback, router = self.release.rollback, self.world.router
        if rollback is None or router.driver or self.release.phase is Phase.ENDED:
            return
        within_s = BACK_S + self.setup.plan.interval_s
        soon = self.loop.time() < max(self.way_is_clear_since, rollback.decided_at - EPOCH) + within_s
        self.promises.want(soon or router.weight == 0, f"the way back takes more than {within_s}s")

    def _check_the_end(self) -> None:
        ended = self.release.end is not None
        self.promises.want(ended, "stable was wanted back, and the release never ended")


_LEASE_TROUBLES: dict[Wheel, Callable[[], Exception | None]] = {
    Wheel.OURS: lambda: None,
    Wheel.UNCERTAIN: lambda: Unreachable("no route to host"),
    Wheel.TAKEN: taken,
    Wheel.THEIRS: taken,
}
