"""Ports of a worker in virtual time: a router, a source and pods that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from console.elsewhere import Elsewhere
from console.errors import ClusterError, Conflict, EvidenceError
from console.evidence import Counts, History, Pods, Sample
from console.host.order import Order, Reach, TakeOver
from console.identity import Identity
from console.journal import Journal
from console.plan.exposure import Exposure
from console.plan.model import Plan
from console.plan.series import Series
from console.preflight import Check
from console.release import events as ev
from console.release.event import Event
from console.release.shown import Shown
from console.traffic.router import CALL_S, Router, Split
from console.worker.book import Book
from console.worker.found import found_at
from console.worker.ports import Ports
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.worker import Worker
from tests.releases import ANA, counts, plan, sample
from tests.worker.leases import ToyLease

EPOCH = 1_800_000_000.0


class ToyRouter:
    """A router in memory; `trouble` is asked before each write, and may raise or wait."""

    def __init__(self) -> None:
        self.weight = 0
        self.version = 1
        self.generation = 1
        """Counted as the API server does: one more with each change of what is wanted, none for marks."""
        self.counts_generations = True
        self.changed_by = ""
        self.wanted_by = ""
        self.driver = ""
        self.driven_at: float | None = None
        self.driver_wrote: bool | None = None
        self.worker = ""
        """The mark of another worker of the release."""
        self.signed_by = ""
        """Which worker has written the release's mark, where several have lines of their own."""
        self.uid = "1"
        self.notes_marks = False
        self.marked = True
        """Whether the object bears this release's own mark; always, unless the router `notes_marks`."""
        self.elsewhere: tuple[Elsewhere, ...] = ()
        self.signed_off = False
        self.written: list[tuple[float, int]] = []
        self.checks: tuple[Check, ...] = (Check(name="route", ok=True, words="found"),)
        self.admitted: Callable[[int], int] = lambda weight: weight
        """What the cluster's webhooks make of a weight."""
        self.before_write: Callable[[int], Exception | float | None] = lambda _weight: None
        self.after_write: Callable[[int], Exception | None] = lambda _weight: None
        self.before_read: Callable[[], Exception | float | None] = lambda: None

    async def preflight(self) -> tuple[Check, ...]:
        return self.checks

    async def read(self, *, deadline_s: float = CALL_S) -> Split:  # noqa: ARG002 - the protocol's names
        await suffer(self.before_read())
        return Split(
            exposure=Exposure(weight=self.weight),
            version=str(self.version),
            changed_by=self.changed_by,
            wanted_by=self.wanted_by,
            driver=self.driver,
            driven_at=self.driven_at,
            driver_wrote=self.driver_wrote,
            marked=self.marked,
            worker=self.worker,
            uid=self.uid,
            generation=self.generation if self.counts_generations else 0,
            elsewhere=self.elsewhere,
        )

    async def write(self, exposure: Exposure, *, base: Split, deadline_s: float = CALL_S) -> Split:  # noqa: ARG002 - as above
        weight = exposure.weight
        await suffer(self.before_write(weight))
        if base.version != str(self.version):
            raise Conflict("the object has changed")
        self.set(self.admitted(weight), by="pithead")
        if self.notes_marks:
            self.marked, self.driver, self.worker, self.driver_wrote = weight > 0, "", "", True
        self.written.append((asyncio.get_running_loop().time(), weight))
        await suffer(self.after_write(weight))
        return Split(exposure=exposure, version=str(self.version))

    async def sign_off(self) -> None:
        self.signed_off = True

    def set(self, weight: int, *, by: str) -> None:
        self.generation += weight != self.weight
        self.weight, self.changed_by, self.wanted_by = weight, by, by
        self.version += 1

    def edit(self, *, by: str) -> None:
        """Change something else of what the object wants than its routes."""
        self.generation, self.wanted_by = self.generation + 1, by
        self.version += 1


async def suffer(trouble: Exception | float | None) -> None:
    """Raise what goes wrong, or wait so many seconds."""
    if isinstance(trouble, Exception):
        raise trouble
    if trouble is not None:
        await asyncio.sleep(trouble)


class ToySource:
    """Gives what `of` makes of the tick's number: all that is seen, or what the canary has at 10%; at other
    weights it counts its share. A number of seconds hangs, an error is raised."""

    def __init__(self, router: ToyRouter) -> None:
        self._router = router
        self.program = "Toy 1.0"
        self.scrape_s: float | None = None
        self.ticks = 0
        self.past: History | None = None
        self.proposed: tuple[Series, ...] = ()
        self.of: Callable[[int], Sample | Counts | float | Exception] = lambda _tick: counts(100)

    async def preflight(self) -> tuple[Check, ...]:
        return (Check(name="prometheus", ok=True, words="answers"),)

    async def proposals(self, *, deadline_s: float) -> tuple[Series, ...]:  # noqa: ARG002 - the protocol's name
        return self.proposed

    async def sample(self, *, deadline_s: float) -> Sample:
        self.ticks += 1
        answer = self.of(self.ticks)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await asyncio.sleep(min(answer, deadline_s))
            raise EvidenceError("Prometheus gave no answer")
        if isinstance(answer, Sample):
            return answer
        return split_at(answer, self._router.weight)

    async def history(self, *, deadline_s: float) -> History | None:
        return self.past if deadline_s > 0 else None


def split_at(at_ten: Counts, weight: int) -> Sample:
    """Give both versions their share of the requests, of which the canary's count so at 10%."""
    times = weight / 10
    canary = counts(at_ten.requests * times, errors=at_ten.errors_5xx * times)
    return sample(counts(10 * (100 - weight)), canary)


class ToyPods:
    """Pods that are always well, as many as a test says; None where they can't be counted."""

    def __init__(self, ready: Callable[[], int | None] = lambda: 1) -> None:
        self._ready = ready

    async def look(self, *, deadline_s: float) -> Pods:
        if deadline_s <= 0:
            raise ClusterError("no time to look")
        ready = self._ready()
        if ready is None:
            raise ClusterError("we may not list pods")
        return Pods(desired=1, ready=ready, restarts=0, crash_looping=0)


class World:
    """What stays when a worker dies."""

    def __init__(self) -> None:
        self.router = ToyRouter()
        self.source = ToySource(self.router)
        self.lease = ToyLease()
        self.account = ""
        self.stable_ready: int | None = 1
        self.canary_ready: int | None = 1


class Stand:
    """A worker on its stand, with everything around it in reach."""

    def __init__(
        self,
        folder: Path,
        of: Plan | None = None,
        *,
        attended: bool = True,
        leased: bool = True,
        take_over: TakeOver | None = None,
        start_weight: int | None = None,
        world: World | None = None,
        first: Literal["", "rollback"] = "",
        undoes: str = "",
        in_place_of: str | None = None,
        shown: Shown | None = None,
        identity: Identity | None = None,
        moved: bool = False,
        line: Router | None = None,
    ) -> None:
        """`world` is what an earlier worker left; a journal in `folder` is gone on with.

        `line` is this worker's own way to the world's router.
        With `first` a rollback, that is its first act, whatever the journal says.
        """
        self.world = world or World()
        self.router, self.source, self.lease = self.world.router, self.world.source, self.world.lease
        self.records: list[ev.Record] = []
        path = folder / "journal.jsonl"
        order = Order(
            release="checkout-1",
            plan=of or plan(),
            reach=Reach(identity=identity),
            person=ANA,
            attended=attended,
            leased=leased,
            take_over=take_over,
            start_weight=start_weight,
            first=first,
            undoes=undoes,
            in_place_of=in_place_of,
            shown=shown,
            moved=moved,
        )
        found = found_at(path, order)
        self.journal = Journal(path, past=found.past, can_wait=bool(first))
        self.spare = SpareDescriptors()  # behind all that can refuse
        self.book = Book(self.journal, now=_now, past=found.past, call=_at_once)
        self.book.add_listener(self.records.append)
        self.worker = Worker(
            order=order,
            replaced=found.replaced,
            book=self.book,
            ports=Ports(
                router=line or self.router,
                source=lambda: self.source,
                stable_pods=ToyPods(lambda: self.world.stable_ready),
                canary_pods=ToyPods(lambda: self.world.canary_ready),
                cluster="toy",
                lease=self.lease if leased else None,
                account=self._account,
            ),
            spare=self.spare,
        )

    async def run(self, *, for_s: float = 3600.0) -> int:
        """Run to the end; raises TimeoutError where it does not come."""
        try:
            async with asyncio.timeout(for_s):
                return await self.worker.run()
        finally:
            self.journal.close()
            self.spare.let_go()

    async def _account(self) -> str:
        return self.world.account

    def times_of(self, kind: type[Event]) -> list[float]:
        return [record.at - EPOCH for record in self.records if isinstance(record.event, kind)]

    def all_of(self, kind: type[Event]) -> list[ev.AnyEvent]:
        return [record.event for record in self.records if isinstance(record.event, kind)]


async def _at_once(work: Callable[[], None]) -> None:
    """Wait for the disk where virtual time waits too."""
    work()


def _now() -> float:
    """The virtual time; a stand that is being built stands at its beginning."""
    try:
        return EPOCH + asyncio.get_running_loop().time()
    except RuntimeError:
        return EPOCH
