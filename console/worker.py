"""The shell around the pure core: one process a release, which ticks, asks, writes and journals.

It decides nothing. Every event is journaled, folded, and then the policy is asked what comes next; a
`WeightRequested` in the answer is written to the router in a task of its own, so that nothing that hangs
(metrics, an earlier write, a viewer) can stand before a rollback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from console.control import Ask
from console.defects import defects_become
from console.errors import ClusterError, Conflict, EvidenceError, TakenOver
from console.evidence import Look, Pods, Sample
from console.journal import Journal
from console.judge.keys.foresight import foresee
from console.lease import Lease, Tenure
from console.metrics.source import Source
from console.order import Order
from console.policy.decide import announce, decide, retry_after_s
from console.policy.permit import event_for, refusal, want_of_reason
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Phase, Release
from console.traffic.router import Router, Split
from console.version import VERSION

TICK_SHARE = 0.8
"""A look may take this share of the interval: what hangs longer makes a blind tick, never a late one."""
WAKE_SLACK_S = 0.005
"""A timer may fire a rounding error early; a retry that comes too early would wait for the next tick."""
PAST_DEADLINE_S = 5.0
"""The preflight waits no longer for stable's past: without it the release is judged more carefully."""
CONFLICTS = 5
"""A rollback reads and writes again this often at once when the object moves under it."""
SIGN_OFF_S = 3.0
"""At the end our marks are taken off the router within this time, or stay there."""


class PodsWatch(Protocol):
    """Looks at the pods of one version."""

    async def look(self, *, deadline_s: float) -> Pods:
        """Count pods, ready ones, restarts; raises ClusterError where it can't."""


class Ports(Struct, frozen=True, kw_only=True):
    """Everything outside that a worker touches."""

    router: Router
    source: Source
    stable_pods: PodsWatch
    canary_pods: PodsWatch
    cluster: str
    """What the cluster is called, for the record."""
    lease: Lease | None = None
    """None where a person runs without one."""


class Worker:
    """Drives one release from its plan to its end."""

    def __init__(
        self,
        *,
        order: Order,
        journal: Journal,
        ports: Ports,
        now: Callable[[], float],
        listener: Callable[[ev.Record], None] = lambda _record: None,
    ) -> None:
        self._order = order
        self._journal = journal
        self._ports = ports
        self._now = now
        self._listeners = [listener]
        self._split: Split | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._failed: BaseException | None = None
        self._tenure = Tenure(ports.lease, order, tell=self._happened) if ports.lease else None
        self._last_at = 0.0
        self._release = self._open()

    @property
    def release(self) -> Release:
        """The release as its journal has it now."""
        return self._release

    async def run(self) -> int:
        """Drive the release to its end, and give the exit code."""
        self._start(self._prepare())
        self._start(self._tick_for_ever())
        await self._ended.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._leave()
        if self._failed is not None:
            raise self._failed
        end = self._release.end
        assert end is not None
        return end.exit_code

    def take(self, ask: Ask) -> str:
        """Take a person's command at once; gives the refusal, or nothing."""
        why = self._refusal(ask)
        if why:
            self._record(ev.CommandRefused(command=ask.command, person=ask.person, why=why))
            return why
        self._record(event_for(ask.command, ask.person, reason=ask.reason))
        self._settle()
        return ""

    def add_listener(self, listener: Callable[[ev.Record], None]) -> None:
        """Let one more hear each record from here on."""
        self._listeners.append(listener)

    def note(self, event: ev.Notified | ev.NotifyFailed) -> None:
        """Put on record what became of a message to someone outside, also after the release's end."""
        self._record(event)

    def _refusal(self, ask: Ask) -> str:
        if ask.read_only:
            return "this viewer may only look: it is read-only"
        return refusal(self._release, ask.command, now=self._now()) or want_of_reason(
            self._release, ask.command, reason=ask.reason
        )

    # -- the record ---------------------------------------------------------------------------------

    def _open(self) -> Release:
        opened = ev.ReleaseOpened(
            format=ev.FORMAT,
            release=self._order.release,
            plan=self._order.plan,
            person=self._order.person,
            pithead=VERSION,
            cluster=self._ports.cluster,
            attended=self._order.attended,
            leased=self._tenure is not None,
        )
        release = self._write_down(None, opened)
        if self._order.leased:
            return release
        return self._write_down(release, ev.LeaseWaived(person=self._order.person, reason=self._order.reason))

    def _record(self, *events: ev.AnyEvent) -> None:
        for event in events:
            self._release = self._write_down(self._release, event)

    def _write_down(self, release: Release | None, event: ev.AnyEvent) -> Release:
        # Times in a journal never go back, whatever is done to the clock.
        self._last_at = max(self._last_at, self._now())
        record = ev.Record(n=self._journal.last + 1, at=self._last_at, event=event)
        self._journal.append(record)
        after = fold(release, record)
        for listener in self._listeners:
            listener(record)
        return after

    def _happened(self, event: ev.AnyEvent) -> None:
        self._record(event)
        self._settle()

    def _settle(self) -> None:
        """Ask the policy until it has nothing more to say, and set going what it orders."""
        orders: list[ev.WeightRequested] = []
        while events := decide(self._release, now=self._now()):
            self._record(*events)
            orders.extend(event for event in events if isinstance(event, ev.WeightRequested))
        self._journal.sync()
        for order in orders:
            self._start(self._write(order))
        if self._release.phase is Phase.ENDED:
            self._ended.set()

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed = error
            self._ended.set()

    # -- the beginning ------------------------------------------------------------------------------

    async def _prepare(self) -> None:
        try:
            checks = await self._checks()
        except ClusterError as error:
            checks = (Check(name="preflight", ok=False, words=str(error)),)
        self._record(ev.PreflightDone(checks=checks, metrics=self._ports.source.program))
        self._settle()

    async def _checks(self) -> tuple[Check, ...]:
        """Look at everything, and where all is well at the weight in force too."""
        with defects_become(ClusterError):
            router, source, past = await asyncio.gather(
                self._ports.router.preflight(), self._ports.source.preflight(), self._foresee()
            )
            checks = (*router, *source, *past)
        if self._tenure is not None and all(check.ok for check in checks):
            checks = (*checks, await self._tenure.begin())
        if all(check.ok for check in checks):
            if self._tenure is not None:
                self._start(self._tenure.keep())
            self._split = await self._read_router()
            self._record(ev.RouterSeen(weight=self._split.weight, changed_by=self._split.changed_by))
        return checks

    async def _foresee(self) -> tuple[Check, ...]:
        """Say what stable's past tells of the release: half a second of work where there are 50 pods."""
        try:
            with defects_become(EvidenceError):
                history = await self._ports.source.history(deadline_s=PAST_DEADLINE_S)
                return foresee(history, plan=self._order.plan)
        except EvidenceError as error:
            return (Check(name="rehearsal", ok=True, words=str(error), warning=True),)

    # -- evidence -----------------------------------------------------------------------------------

    async def _tick_for_ever(self) -> None:
        """Tick on a grid of the loop's own clock: a late tick does not make the next one late."""
        loop = asyncio.get_running_loop()
        interval_s = self._order.plan.interval_s
        due = loop.time()
        while True:
            if self._release.phase is not Phase.PREPARING:
                await self._tick()
            due = max(due + interval_s, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _tick(self) -> None:
        deadline_s = self._order.plan.interval_s * TICK_SHARE
        sample, _ = await asyncio.gather(self._look(deadline_s), self._watch_router(deadline_s))
        before = self._release
        self._record(ev.SampleTaken(sample=sample))
        self._record(*announce(before, self._release))
        self._settle()

    async def _look(self, deadline_s: float) -> Sample:
        sample, stable, canary = await asyncio.gather(
            self._evidence(deadline_s),
            self._pods(self._ports.stable_pods, deadline_s),
            self._pods(self._ports.canary_pods, deadline_s),
        )
        return replace(
            sample, stable=_with_pods(sample.stable, stable), canary=_with_pods(sample.canary, canary)
        )

    async def _evidence(self, deadline_s: float) -> Sample:
        try:
            with defects_become(EvidenceError):
                return await self._ports.source.sample(deadline_s=deadline_s)
        except EvidenceError as error:
            return Sample(span_s=0.0, trouble=str(error))

    async def _pods(self, watch: PodsWatch, deadline_s: float) -> Pods:
        try:
            with defects_become(ClusterError):
                return await watch.look(deadline_s=deadline_s)
        except ClusterError:
            return Pods()

    # -- the router ---------------------------------------------------------------------------------

    async def _watch_router(self, deadline_s: float) -> None:
        """See whether the weight is still ours, whenever no write of ours is on its way."""
        if self._release.writes:
            return
        number = self._release.last_number
        try:
            async with asyncio.timeout(deadline_s):
                split = await self._read_router()
        except (ClusterError, TimeoutError):
            return  # an unreachable router shows itself at the next write; evidence goes on meanwhile
        if self._release.last_number != number:
            return  # a write of ours began meanwhile: what was read may be from before it
        self._split = split
        if split.driver and self._release.signed:
            self._happened(_superseded(split.driver))
        elif split.weight != self._release.weight:
            self._happened(ev.RouterSeen(weight=split.weight, changed_by=split.changed_by))

    async def _write(self, order: ev.WeightRequested) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        trouble = ""
        split: Split | None
        try:
            split = await self._written_and_read_back(order.weight)
        except TakenOver as error:
            self._happened(_superseded(error.by))
            return
        except ClusterError as error:
            trouble = str(error)
            split = await self._what_became_of_it()
        self._answered(order, split, took_ms=(loop.time() - began) * 1000, trouble=trouble)
        self._settle()
        if self._release.failure is not None and not self._ended.is_set():
            loop.call_later(retry_after_s(self._release) + WAKE_SLACK_S, self._settle)

    async def _written_and_read_back(self, weight: int) -> Split:
        tries = CONFLICTS if weight == 0 else 1
        for left in reversed(range(tries)):
            base = await self._base_of_a_write()
            try:
                with defects_become(ClusterError):
                    await self._ports.router.write(weight, base=base)
            except Conflict:
                self._split = None
                if left == 0:
                    raise
            else:
                break
        return await self._read_router()

    async def _base_of_a_write(self) -> Split:
        """Give what the next write is conditional on; refuse the write where it is not ours to make."""
        base = self._split or await self._read_router()
        if base.driver and self._release.signed:
            raise TakenOver(f"{base.driver} has written the router.", by=base.driver)
        forward = self._release.rollback is None
        if forward and self._tenure is not None and not self._tenure.covers():
            raise ClusterError("nothing was written: it is not certain that the lease is still held")
        return base

    async def _leave(self) -> None:
        """Leave the router and the lease to the next release; what can't be reached stays as it is."""
        if self._release.signed and not self._release.taken_by:
            with suppress(ClusterError, TimeoutError), defects_become(ClusterError):
                async with asyncio.timeout(SIGN_OFF_S):
                    await self._ports.router.sign_off()
        if self._tenure is not None:
            await self._tenure.end()

    async def _read_router(self) -> Split:
        with defects_become(ClusterError):
            return await self._ports.router.read()

    async def _what_became_of_it(self) -> Split | None:
        """Read back after a failure: an answer can be lost after the write took effect."""
        try:
            return await self._read_router()
        except ClusterError:
            return None

    def _answered(
        self, order: ev.WeightRequested, split: Split | None, *, took_ms: float, trouble: str
    ) -> None:
        """Record what was read back; None where it could not be."""
        self._split = split
        if split is not None and split.weight == order.weight:
            self._record(ev.WeightConfirmed(number=order.number, weight=split.weight, took_ms=took_ms))
            return
        expected = self._release.weight
        back = "nothing" if split is None else f"{split.weight}%"
        said = trouble or f"read back {back} after writing {order.weight}%"
        self._record(ev.WriteFailed(number=order.number, trouble=said))
        if split is not None and split.weight != expected:
            self._record(ev.RouterSeen(weight=split.weight, changed_by=split.changed_by))


def _superseded(by: str) -> ev.LeaseLost:
    return ev.LeaseLost(why=f"{by} has written the router since", by=by, wrote=True)


def _with_pods(look: Look, pods: Pods) -> Look:
    """Join what Kubernetes counts with what the metrics measure."""
    used = look.pods
    return replace(look, pods=replace(pods, cpu_cores=used.cpu_cores, memory_bytes=used.memory_bytes))
