"""A release of the real worker, in virtual time: its book, its journal on the disk, its tasks, its lease."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import inf
from pathlib import Path
from selectors import BaseSelector, SelectorKey
from typing import Any, Literal

from console.cluster.holder import Holder
from console.command import Command
from console.errors import ClusterError, EvidenceError, JournalError, TakenOver, Unreachable
from console.evidence import Sample
from console.host.control import Ask
from console.identity import Identity
from console.journal import Tail, read_journal
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold, fold_all
from console.release.shown import Shown
from console.release.state import Phase, Release
from tests.model.harms import do_harm
from tests.model.line import Line
from tests.model.promises import Promises
from tests.model.second import Second
from tests.model.setups import PAST, Setup
from tests.model.sights import APPLIED, Sight
from tests.model.surroundings import (
    ANEW_BY,
    BY_A_MANIFEST,
    NEWER_DRIVER,
    NEWER_WEIGHT,
    OLD_DRIVER,
    SHUT,
    THEIR_WEIGHT,
    Harm,
    Mark,
    Other,
    Road,
    Surroundings,
    Weather,
    Wheel,
    raised,
)
from tests.releases import ANA
from tests.virtual_time import VirtualTimeLoop
from tests.worker.leases import ToyLease, taken
from tests.worker.ports import EPOCH, Stand, ToyRouter, ToySource, World

AT_ONCE_S = 0.02
LATE_S = 3.0
"""A write on a slow road takes so long."""
LOST = "ana@bastion (release checkout-1)"
"""The mark of a release whose host was lost, as another one reads it."""
BACK_S = LATE_S + 1.5
"""So long after all is mended stable has everything, or something is wrong."""
END_TICKS = 60
WATCHED_S = 310.0
"""A rollback is watched for five minutes at most where stable does not recover."""


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
    """Certain again once it could be renewed; it counts who has held it."""

    def __init__(self, *, before: Lease | None = None) -> None:
        """`before` is what the worker sees of it that had it before."""
        super().__init__()
        self.changes: int = before.changes if before else 0
        self.holder = ""

    def certain(self, *, for_s: float = 0.0) -> bool:
        return super().certain(for_s=for_s) and self.holder == "ours"

    async def acquire(self, *, instead_of: str | None = None) -> Holder | None:
        before = await super().acquire(instead_of=instead_of)
        self._take()
        return before

    async def renew(self) -> None:
        await super().renew()
        self._take()
        self.certainly = True

    async def release(self) -> None:
        await super().release()
        self.holder, self.certainly = "", False

    async def last_stint(self) -> str:
        if self.trouble and not isinstance(self.trouble, TakenOver):  # which another holds can be read
            raise self.trouble
        return str(self.changes)

    def was_anothers(self, *, after: int = 1) -> None:
        """Let another have it, who lets go of it or dies, after so many changes of its holder."""
        self.holder, self.changes = "", self.changes + after

    def _take(self) -> None:
        if self.holder != "ours":
            self.followed, self.was_let_go = str(self.changes), self.holder == ""
            self.changes += 1
            self.holder, self.stint = "ours", str(self.changes)


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
        self.line = Line(ToyRouter(), "")
        """Of the worker that lives."""
        self.lives = 0
        self.begins_cut = False
        """Whether the next worker is cut off before its first call."""
        self.second: Second | None = None
        self.anothers_lease = False
        """Whether another driver's name is on the lease."""
        self.around = Surroundings()
        self.world = World()
        self.loop = loop
        self.folder = folder
        self.viewed: Release | None = None
        """What a viewer folds who reads the file, attached anew to each worker."""
        self.way_is_clear_since = loop.time()
        self.told: list[ev.Record] = []
        """What this release's workers have put on record, as far as the one that drives it knows."""
        self.identity: Identity | None = None
        self.moved = False
        """Whether the order knows that a weight was asked for."""
        self.damaged = False
        """Whether a byte of its lines is another one."""
        self.unnoticed = False
        """Whether the journal was harmed, and its worker has not looked at it since."""
        self._prepare_world()
        self._run(self._start())

    @property
    def records(self) -> list[ev.Record]:
        return self.told

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
        was, self.around.road = self.around.road, road
        if was is Road.GONE is not road:
            self._make_anew(self.world.router.weight)
        self.way_is_clear_since = self.loop.time() if road is Road.CLEAR else inf

    def wheel(self, wheel: Wheel) -> None:
        self.around.wheel = wheel
        lease = self.world.lease
        lease.certainly = wheel is Wheel.OURS and not lease.released
        lease.trouble = _LEASE_TROUBLES[wheel]()
        if isinstance(lease.trouble, TakenOver):
            self.lease.was_anothers()
        if wheel is Wheel.THEIRS:
            self.world.router.set(THEIR_WEIGHT, by="pithead")
            self._sign(driver="bob@laptop", wrote=True)
            self.promises.another_drives()

    def disk(self, *, full: bool) -> None:
        self.around.disk_full = full

    def ask(self, command: Command, *, reason: str = "", read_only: bool = False) -> None:
        if self.release.left_to_a_person:
            self.road(self.around.road)  # from here on it is not a person that it waits for
        ask = Ask(command=command, person=ANA, reason=reason, read_only=read_only)
        self._run(self._take(ask))

    def meddle(self, weight: int) -> None:
        self.world.router.set(weight, by="kubectl-edit")
        self.road(self.around.road)

    @property
    def lease(self) -> Lease:
        lease = self.world.lease
        assert isinstance(lease, Lease)
        return lease

    def crash(self, *, landed: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        under_way = self.release.writes
        self._run(self._die())
        if landed and under_way and self.line.may_land():
            self.world.router.set(under_way[-1].weight, by="pithead")
            self._sign(marked=under_way[-1].weight > 0, wrote=True)
        self._take_up()

    def anew(self, weight: int | None) -> None:
        self._make_anew(self.world.router.weight if weight is None else weight)
        self.road(self.around.road)

    def harm(self, harm: Harm, *, dead: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        if dead:
            self._run(self._die())
            do_harm(harm, self.folder / "journal.jsonl")
            self._take_up()
            return
        before = self._restored()
        self.damaged = self.damaged or harm in (Harm.MIDDLE_CHANGED, Harm.END_CHANGED)
        do_harm(harm, self.folder / "journal.jsonl")
        self.unnoticed = True
        ticks = self.release.phase is not Phase.PREPARING
        self.pass_time(1)
        said = self._restored() > before or bool(self.stand.journal.trouble) or self.release.unrecorded
        looks = ticks and harm is not Harm.MIDDLE_CHANGED and not self.unnoticed
        self.promises.want(
            bool(said) or not looks, f"the journal was harmed ({harm.name}), and nobody says so"
        )

    def overtake(self, *, by_a_copy: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        goes_on = self.release.phase is not Phase.PREPARING and self.line.has_read
        self._run(self._die())
        if not by_a_copy:
            self._newer_promotes()
        elif goes_on:
            self._run(self._second_drives(Other.SECOND_DIED))
            if self.world.router.marked:
                self.promises.is_what_was_asked(self.world.router.weight)
        self.anothers_lease = False  # it has run out
        self._take_up()

    def cut_off(self, other: Other) -> None:
        if self.release.phase in (Phase.PREPARING, Phase.ENDED):
            return
        was, lease = self.around.wheel, self.world.lease
        self.anothers_lease = False
        self.line.cut = True
        lease.certainly, lease.trouble = False, Unreachable("no route to host")
        self._wait(self.setup.plan.interval_s)
        # Nobody goes on with a copy of one that has ended; who has never read the router knows of no before.
        if self.promises.ended is None and self.line.has_read:
            self._another_drives(other)
        self.line.cut = False
        self.wheel(Wheel.TAKEN if self.anothers_lease else was)
        self.road(self.around.road)
        self._wait(2 * self.setup.plan.interval_s)
        self._second_dies()

    def _loses_all_marks(self) -> None:
        """Without a lease nothing tells any more who has driven it."""
        if not self.setup.leased:
            self.promises.nothing_tells()

    def apply(self, mark: Mark, weight: int | None) -> None:
        router = self.world.router
        self._loses_all_marks()
        router.set(router.weight if weight is None else weight, by=BY_A_MANIFEST)
        if mark is not Mark.COPIED:
            self._sign(driver=OLD_DRIVER if mark is Mark.ANOTHERS else "", wrote=False)
        elif not router.marked:  # what is there already belongs to who has written it
            self._sign(marked=True, wrote=False)
        self.promises.sights.add(APPLIED[mark])
        self.road(self.around.road)

    def lose_host(self, *, away: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        self._run(self._die())
        for path in self.folder.iterdir():
            path.unlink()
        self.promises.sights.add(Sight.HOST_LOST)
        if self.world.router.marked:
            self._sign(driver=LOST, wrote=True)  # to another release it is another's
        self.begins_cut = away
        self._take_up(first="rollback", in_place_of="checkout-1")
        if away:
            self._wait(self.setup.plan.interval_s)
            if self.world.router.weight != NEWER_WEIGHT:  # else that was what the person was shown
                self._newer_promotes()
            self.begins_cut = self.line.cut = False
            self.road(self.around.road)
            self._wait(self.setup.plan.interval_s)

    def sleep(self, for_s: float) -> None:
        self.loop.sleep_through(for_s)
        self.world.lease.certainly = False
        self.road(self.around.road)
        self._wait(AT_ONCE_S)

    def end(self) -> None:
        self.road(Road.CLEAR)
        self.around.mend()
        self.weather(self.around.weather)
        self.wheel(self.around.wheel)
        if self.release.phase is not Phase.ENDED:
            self._roll_back()
            if self.release.left_to_a_person:
                self._roll_back()  # what is there now was found only since
        with suppress(TimeoutError):
            within_s = WATCHED_S + END_TICKS * self.setup.plan.interval_s
            self._run(asyncio.wait_for(asyncio.shield(self.running), within_s))
        self._check_the_end()
        self.check()

    def leave(self) -> None:
        """Let nothing of it run on, wherever it stands."""
        self._run(self._die())

    def _sign(self, *, marked: bool = False, driver: str = "", wrote: bool = True) -> None:
        """Let such a mark stand on the object; `wrote`: a pithead has put it there."""
        router = self.world.router
        router.marked, router.driver, router.driver_wrote = marked, driver, wrote
        router.signed_by = self.line.name

    def _newer_promotes(self) -> None:
        self.world.router.set(0, by="pithead")  # a release begins from there
        self.world.router.set(NEWER_WEIGHT, by="pithead")
        self._sign()
        self.lease.was_anothers()
        self.promises.overtake()

    def _another_drives(self, other: Other) -> None:
        if other is Other.NEWER_ENDED:
            self.promises.sights.add(Sight.CUT_OFF)
            self._newer_promotes()
        elif other is Other.NEWER_DRIVES:
            self.promises.sights.add(Sight.CUT_OFF)
            self.anothers_lease = True
            self.world.router.set(THEIR_WEIGHT, by="pithead")
            self._sign(driver=NEWER_DRIVER, wrote=True)
            self.promises.another_wrote(THEIR_WEIGHT)
        else:
            self._run(self._second_drives(other))

    async def _second_drives(self, other: Other) -> None:
        """Let a person go on with a copy on another host; that worker drives on behind it, or is gone.

        A journal that was begun anew tells the books of no past: nobody could look at what that worker does.
        """
        if any(isinstance(record.event, ev.JournalRestored) and record.event.lost for record in self.told):
            return
        world = World()
        lease = Lease(before=self.lease)
        world.router, world.source, world.lease = self.world.router, self.world.source, lease
        try:
            second = Second(
                self.setup,
                folder=self.folder,
                world=world,
                promises=self.promises,
                identity=self.identity,
                moved=self.moved,
            )
        except JournalError:
            return  # it was harmed, and the first worker has not seen that yet
        self.promises.sights.add(Sight.TWO_WORKERS)
        self.second, tick_s = second, self.setup.plan.interval_s
        await asyncio.sleep(tick_s)
        second.ask(Command.ROLL_BACK if other is Other.SECOND_BACK else Command.RESUME)
        await asyncio.sleep(6 * tick_s)
        self.anothers_lease = not lease.released  # who has died leaves its name there
        if other is not Other.SECOND_DRIVES or second.has_ended:
            await self._let_the_second_go()

    def _second_dies(self) -> None:
        if self.second is not None:
            self._run(self._let_the_second_go())

    async def _let_the_second_go(self) -> None:
        second, self.second = self.second, None
        assert second is not None
        await second.die()
        if second.has_held:
            self.lease.was_anothers()
            if self.setup.leased and second.promises.rollback is not None:
                self.promises.rolled_back_elsewhere()
        self.promises.broken += [f"the second worker: {each}" for each in second.promises.broken]

    def _is_viewed(self) -> bool:
        """Whether the viewer sees the worker's release, or says that a byte of its journal is another."""
        try:
            for record in self.tail.poll():
                self.viewed = fold(self.viewed, record)
        except JournalError:
            return self.damaged or self.unnoticed
        return self.damaged or self.viewed == self.release

    def _roll_back(self) -> None:
        self.ask(Command.ROLL_BACK)
        self._wait(BACK_S + self.setup.plan.interval_s)
        self._check_the_way_back()

    def check(self) -> None:
        """See whether a viewer, who reads the journal on the disk, sees the worker's release."""
        same = bool(self.stand.journal.trouble) or self._is_viewed()
        self.promises.want(same, "the fold of the journal is another release than the worker's")
        over = self.running.done() and not self.running.cancelled()
        failed = self.running.exception() if over else None
        self.promises.want(failed is None, f"the worker failed: {failed!r}")
        self._check_the_way_back()

    # -- the stage ----------------------------------------------------------------------------------

    def _prepare_world(self) -> None:
        router = self.world.router
        self.world.source = Sky(self.world, self.around)
        self.world.lease = Lease()
        router.checks = (Check(name="route", ok=self.setup.passes, words="found, or not"),)
        router.notes_marks, router.marked = True, False
        router.admitted = lambda weight: raised(weight) if self.around.road is Road.RAISED else weight

    def _before_read(self) -> Exception | float | None:
        match self.around.road:
            case road if road in SHUT:
                return SHUT[road][0]
            case Road.SLOW:
                return LATE_S / 2
            case _:
                return None

    def _before_write(self, weight: int) -> Exception | float | None:
        certain = not self.setup.leased or self.world.lease.certainly
        self.promises.written(weight, certain=certain, over=self.line.over)
        on_disk = weight == 0 or self.unnoticed or self._is_on_disk()
        self.promises.want(on_disk, f"{weight}% was written, and its intent is not on the disk")
        match self.around.road:
            case Road.REFUSED:
                return ClusterError("403")
            case road if road in SHUT:
                return SHUT[road][0]
            case Road.SLOW:
                return LATE_S
            case Road.MOVED:
                self.world.router.version += 1
        return None

    def _take_up(self, *, first: Literal["", "rollback"] = "", in_place_of: str | None = None) -> None:
        """Let another worker go on, on a disk that takes everything; where it can't a person rolls back."""
        self.around.disk_full = self.unnoticed = self.damaged = False
        self.road(self.around.road)
        try:
            self._run(self._start(first=first, in_place_of=in_place_of))
        except JournalError:
            self.promises.sights.add(Sight.JOURNAL_BROKEN)
            self._run(self._start(first="rollback"))

    def _after_write(self, weight: int) -> Exception | None:
        self.promises.done(weight, uid=self.world.router.uid)
        return Unreachable("reset") if self.around.road is Road.MUTE else None

    async def _start(self, *, first: Literal["", "rollback"] = "", in_place_of: str | None = None) -> None:
        path = self.folder / "journal.jsonl"
        self.lives += 1
        self.line = Line(self.world.router, f"ana@bastion/checkout-1/0a/{self.lives}")
        self.line.cut = self.begins_cut
        self.line.before_read, self.line.before_write = self._before_read, self._before_write
        self.line.after_write = self._after_write
        self.stand = Stand(
            self.folder,
            self.setup.plan,
            attended=self.setup.attended,
            leased=self.setup.leased,
            world=self.world,
            first=first,
            in_place_of=in_place_of,
            shown=self._shown() if in_place_of is not None else None,
            identity=self.identity,
            moved=self.moved,
            line=self.line,
        )
        self._go_on_behind(self.stand.records[0])
        # A viewer of before may have read lines that were not safe, and are gone with the worker.
        self.tail, self.viewed = Tail(path), None
        release = fold_all(self.told) if self.told else None
        for record in self.stand.records:
            release = fold(release, record)
            self._note(record, release)
        self.stand.book.add_listener(self._see)
        self._let_the_disk_be_full()
        self.running = asyncio.ensure_future(self.stand.worker.run())
        await asyncio.sleep(AT_ONCE_S)

    def _shown(self) -> Shown:
        """Give what a person is shown of the router before they confirm a rollback by it."""
        router = self.world.router
        return Shown(weight=router.weight, uid=router.uid, mark=router.driver, generation=router.generation)

    def _go_on_behind(self, first: ev.Record) -> None:
        """Forget what the journal of this worker's first record does not hold; see that this is said."""
        if isinstance(first.event, ev.ReleaseOpened):
            begins = not self.told or self.stand.worker.release.rollback_asked is not None
            self.promises.want(begins, "the release began anew behind a record that was lost")
            if self.told:
                self.promises = self.promises.of_another()
            self.told, self.identity = [], self.identity
        elif first.n <= self.told[-1].n:
            self._forget_from(first.n)

    def _forget_from(self, number: int) -> None:
        went_back = self.release.rollback is not None or any(
            isinstance(record.event, ev.RollbackDecided) for record in self.told
        )
        lost = [record.event for record in self.told if record.n >= number]
        self.told = [record for record in self.told if record.n < number]
        if any(isinstance(event, ev.JournalRestored) and event.lost for event in lost):
            self.told = self.told[:1]  # with the state that it carried, all that came before is lost
        self.promises = self.promises.of_the_past(self.told)
        self.promises.sights.add(Sight.JOURNAL_SHORTER)
        if went_back and self.promises.rollback is None and self.world.router.weight == 0:
            self.promises.cut_back = True  # stable has everything, and its record says otherwise

    def _see(self, record: ev.Record) -> None:
        release = self.stand.book.release
        assert release is not None
        self._note(record, release)

    def _note(self, record: ev.Record, release: Release) -> None:
        self.told.append(record)
        self.unnoticed = False
        self.moved = self.moved or (isinstance(record.event, ev.WeightRequested) and record.event.weight > 0)
        if isinstance(record.event, ev.Identified):
            self.identity = record.event.identity
        if isinstance(record.event, ev.WeightConfirmed):
            there, said = self.world.router.weight, record.event.weight
            self.promises.want(there == said, f"{said}% is called confirmed, and the router has {there}%")
        self.promises.see(record, release)

    def _restored(self) -> int:
        return sum(isinstance(record.event, ev.JournalRestored) for record in self.told)

    def _is_on_disk(self) -> bool:
        """Whether the last write that was asked for is on record in the file, by itself or in the state."""
        path = self.folder / "journal.jsonl"
        number = self.release.last_number
        intent = f'"kind":"weight_requested","number":{number},'.encode()
        return intent in path.read_bytes() or fold_all(read_journal(path)).last_number == number

    def _make_anew(self, weight: int) -> None:
        router = self.world.router
        self._loses_all_marks()
        router.set(weight, by=ANEW_BY)
        router.uid, router.generation = str(int(router.uid) + 1), 1
        self._sign()

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
        self.lease.holder = ""  # the next worker has another name
        self.stand.journal.close()
        self.stand.spare.let_go()

    def _wait(self, for_s: float) -> None:
        self._run(asyncio.sleep(for_s))

    def _run(self, work: Any) -> None:
        self.loop.run_until_complete(work)

    # -- what must be -------------------------------------------------------------------------------

    def _check_the_way_back(self) -> None:
        """With a clear road a rollback is there soon, whatever else is wrong; meddling shows at a tick."""
        rollback, router = self.release.rollback, self.world.router
        theirs = router.driver and router.driver_wrote
        if rollback is None or theirs or self.release.phase is Phase.ENDED:
            return
        if self.release.left_to_a_person:
            return
        within_s = BACK_S + self.setup.plan.interval_s
        soon = self.loop.time() < max(self.way_is_clear_since, rollback.decided_at - EPOCH) + within_s
        self.promises.want(soon or router.weight == 0, f"the way back takes more than {within_s}s")

    def _check_the_end(self) -> None:
        ended = self.release.end is not None
        self.promises.want(ended, "stable was wanted back, and the release never ended")
        end = self.release.end
        back = end is not None and end.outcome is ev.Outcome.ROLLED_BACK
        left = back and self.world.router.driver == LOST
        self.promises.want(not left, "the mark of the release whose host was lost is left on the router")


_LEASE_TROUBLES: dict[Wheel, Callable[[], Exception | None]] = {
    Wheel.OURS: lambda: None,
    Wheel.UNCERTAIN: lambda: Unreachable("no route to host"),
    Wheel.TAKEN: taken,
    Wheel.THEIRS: taken,
}
