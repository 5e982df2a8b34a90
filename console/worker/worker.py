"""The shell around the pure core: one process a release, which ticks, asks, writes and journals.

It decides nothing. Every event is journaled, folded, and then the policy is asked what comes next; a
`WeightRequested` in the answer is written to the router in a task of its own, so that nothing that hangs
(metrics, an earlier write, a viewer) can stand before a rollback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from msgspec.structs import replace

from console.errors import ClusterError, Conflict, TakenOver
from console.host.control import Ask
from console.host.order import Order
from console.judge.terms import profile_again
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.explain import Line, explain
from console.policy.permit import event_for, refusal, want_of_reason
from console.policy.tries import overdue_after_s, retry_after_s
from console.policy.way_forward import why_not_write
from console.preflight import Check
from console.release import events as ev
from console.release.state import Phase, Release, Write
from console.traffic.router import CALL_S, Split
from console.worker.book import Book
from console.worker.defects import defects_become
from console.worker.lease import Tenure
from console.worker.lookout import Lookout
from console.worker.opening import opening, taking_up
from console.worker.ports import Ports
from console.worker.reserve import Reserve

TICK_SHARE = 0.8
"""A look may take this share of the interval: what hangs longer makes a blind tick, never a late one."""
WAKE_SLACK_S = 0.005
"""A timer may fire a rounding error early; a retry that comes too early would wait for the next tick."""
CONFLICTS = 5
"""A rollback reads and writes again this often at once when the object moves under it."""
BACK_S = 10.0
"""Each call of a rollback may take so long: beside one that hangs others follow, and a slow one counts."""
SIGN_OFF_S = 3.0
"""At the end our marks are taken off the router within this time, or stay there."""
SAFE_S = 5.0
"""A forward write waits so long for its intent to be on the disk, and is not sent without."""
DIED = ClusterError("the worker died before the answer came")


class Worker:
    """Drives one release from its plan to its end."""

    def __init__(self, *, order: Order, book: Book, ports: Ports, reserve: Reserve) -> None:
        """Open the release, or go on with it where its book has a past."""
        self._order = order
        self._book = book
        self._ports = ports
        self._reserve = reserve
        self._lookout = Lookout(ports, order.plan)
        self._split: Split | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._failed: BaseException | None = None
        self._tenure = Tenure(ports.lease, order, tell=self._happened) if ports.lease else None
        self._unanswered = book.release.writes if book.release else ()
        """What a worker that died had asked of the router."""
        if book.release is None:
            self._record(*opening(order, cluster=ports.cluster, leased=self._tenure is not None))
        else:
            self._record(*taking_up(order, torn_bytes=book.torn_bytes))

    @property
    def release(self) -> Release:
        """The release as its journal has it now."""
        assert self._book.release is not None
        return self._book.release

    async def run(self) -> int:
        """Drive the release to its end, and give the exit code."""
        self._start(self._begin())
        self._start(self._tick_for_ever())
        await self._ended.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._leave()
        if self._failed is not None:
            raise self._failed
        end = self.release.end
        assert end is not None
        return end.exit_code

    def take(self, ask: Ask) -> str:
        """Take a person's command at once; gives the refusal, or nothing."""
        why = self._refusal(ask)
        person = replace(ask.person, account=self.release.person.account)
        if why:
            self._book.write(ev.CommandRefused(command=ask.command, person=person, why=why))
            return why
        self._record(event_for(ask.command, person, reason=ask.reason))
        self._settle()
        return ""

    def tell(self) -> Line:
        """Say how the release stands: for viewers whom the journal does not reach."""
        return explain(self.release, now=self._book.now())

    def note(self, event: ev.Notified | ev.NotifyFailed) -> None:
        """Put on record what became of a message to someone outside, also after the release's end."""
        self._book.write(event)

    def _refusal(self, ask: Ask) -> str:
        if ask.read_only:
            return "this viewer may only look: it is read-only"
        return refusal(self.release, ask.command, now=self._book.now()) or want_of_reason(
            self.release, ask.command, reason=ask.reason
        )

    # -- the record ---------------------------------------------------------------------------------

    def _record(self, *events: ev.AnyEvent) -> None:
        """Write down what happens, up to the end: what still comes in behind it changes nothing."""
        if not self._ended.is_set():
            self._book.write(*events)

    def _happened(self, event: ev.AnyEvent) -> None:
        self._record(event)
        self._settle()

    def _settle(self) -> None:
        """Ask the policy until it has nothing more to say, and set going what it orders."""
        orders: list[ev.WeightRequested] = []
        stage = max(0, self.release.index)  # for the first one the preflight's measure is fresh
        while events := decide(self.release, now=self._book.now()):
            self._record(*events)
            orders.extend(event for event in events if isinstance(event, ev.WeightRequested))
        self._book.keep_up()
        for order in orders:
            self._start(self._write(order))
            if order.weight == 0:
                self._wake(in_s=overdue_after_s(self.release))
        if self.release.index > stage and self.release.memory.terms is not None:
            self._start(self._measure_noise())
        if self.release.phase is Phase.ENDED:
            self._ended.set()

    def _wake(self, *, in_s: float) -> None:
        """Ask the policy again by then, whatever happens meanwhile."""

        def settle() -> None:
            if not self._ended.is_set():
                self._settle()

        asyncio.get_running_loop().call_later(in_s + WAKE_SLACK_S, settle)

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

    async def _begin(self) -> None:
        """Prepare a new release; go on with one that is past that, with a rollback first and at once."""
        if self.release.phase is Phase.PREPARING:
            await self._prepare()
            return
        self._settle()
        if self.release.phase is not Phase.RUNNING:
            return  # a rollback is written again, whatever became of the writes before it
        if self._tenure is not None:
            self._start(self._tenure.go_on())
        number = self.release.last_number
        split = await self._what_became_of_it()
        if self.release.last_number == number:
            self._find(split)

    def _find(self, split: Split | None) -> None:
        """Record what became of the writes of a worker that died, by what the router says now."""
        for write in self._unanswered:
            self._answered(write, split, failed=DIED)
        if split is not None and split.weight != self.release.weight:
            self._record(ev.RouterSeen(weight=split.weight, changed_by=split.changed_by))
        self._settle()

    async def _prepare(self) -> None:
        try:
            checks = await self._checks()
        except ClusterError as error:
            checks = (Check(name="preflight", ok=False, words=str(error)),)
        account = await self._lookout.account()
        self._record(ev.PreflightDone(checks=checks, metrics=self._ports.source.program, account=account))
        self._settle()

    async def _checks(self) -> tuple[Check, ...]:
        """Look at everything, and where all is well at the weight in force too."""
        with defects_become(ClusterError):
            router, source, past = await asyncio.gather(
                self._ports.router.preflight(), self._ports.source.preflight(), self._lookout.past()
            )
            terms, outlook = self._lookout.outlook(past)
            checks = (*router, *source, *outlook)
        if self._tenure is not None and all(check.ok for check in checks):
            checks = (*checks, await self._tenure.begin())
        if all(check.ok for check in checks):
            if self._tenure is not None:
                self._start(self._tenure.keep())
            self._split = await self._read_router()
            self._record(ev.RouterSeen(weight=self._split.weight, changed_by=self._split.changed_by))
            if self._order.plan.judge is not None:
                self._record(ev.JudgeBegun(terms=terms))
        return checks

    # -- evidence -----------------------------------------------------------------------------------

    async def _measure_noise(self) -> None:
        """Measure stable's noise once more, at the start of a stage."""
        past, terms = await self._lookout.past(), self.release.memory.terms
        profile = profile_again(terms, past) if terms is not None else None
        if profile is not None:
            self._record(ev.JudgeRefreshed(profile=profile))

    async def _tick_for_ever(self) -> None:
        """Tick on a grid of the loop's own clock: a late tick does not make the next one late."""
        loop = asyncio.get_running_loop()
        interval_s = self._order.plan.interval_s
        due = loop.time()
        while True:
            if self.release.phase is not Phase.PREPARING:
                await self._tick()
            due = max(due + interval_s, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _tick(self) -> None:
        if self.release.rollback is None:
            self._reserve.fill()
        deadline_s = self._order.plan.interval_s * TICK_SHARE
        sample, _ = await asyncio.gather(
            self._lookout.sample(deadline_s=deadline_s), self._watch_router(deadline_s)
        )
        if not self._book.overfull:
            before = self.release
            self._record(ev.SampleTaken(sample=sample))
            self._record(*announce(before, self.release))
        self._settle()

    # -- the router ---------------------------------------------------------------------------------

    async def _watch_router(self, deadline_s: float) -> None:
        """See whether the weight is still ours, whenever no write of ours is on its way."""
        if self.release.writes:
            return
        number = self.release.last_number
        try:
            async with asyncio.timeout(deadline_s):
                split = await self._read_router()
        except (ClusterError, TimeoutError):
            return  # an unreachable router shows itself at the next write; evidence goes on meanwhile
        if self.release.last_number != number:
            return  # a write of ours began meanwhile: what was read may be from before it
        self._split = split
        if split.driver and self.release.signed:
            self._happened(_superseded(split.driver))
        elif split.weight != self.release.weight:
            self._happened(ev.RouterSeen(weight=split.weight, changed_by=split.changed_by))

    async def _write(self, order: ev.WeightRequested) -> None:
        failed: ClusterError | None = None
        split: Split | None
        try:
            await self._clear_the_way(order.weight)
            split = await self._written_and_read_back(order.weight)
        except TakenOver as error:
            self._happened(_superseded(error.by))
            return
        except ClusterError as error:
            failed = error
            split = await self._what_became_of_it()
        for write in self.release.writes:
            if write.number == order.number:  # else another try has found out
                self._answered(write, split, failed=failed)
        self._settle()
        if self.release.failure is not None:
            self._wake(in_s=retry_after_s(self.release))

    async def _clear_the_way(self, weight: int) -> None:
        """Give a way back all it needs, and let it wait for nothing; let a way forward wait for the disk."""
        if weight == 0:
            self._reserve.let_go()
        elif not await self._book.safe(within_s=SAFE_S):
            raise ClusterError("nothing was sent: its intent is not on the disk")

    async def _written_and_read_back(self, weight: int) -> Split:
        tries, deadline_s = (CONFLICTS, BACK_S) if weight == 0 else (1, CALL_S)
        for left in reversed(range(tries)):
            base = await self._base_of_a_write(weight, deadline_s)
            if base is not self._split and self._is_back(base):
                return base
            try:
                with defects_become(ClusterError):
                    await self._ports.router.write(weight, base=base, deadline_s=deadline_s)
            except Conflict:
                self._split = None
                if left == 0:
                    raise
            else:
                break
        return await self._read_router(deadline_s)

    def _is_back(self, split: Split) -> bool:
        """Whether an earlier try has taken the canary's weight away, and nothing can bring it back."""
        return split.weight == 0 and all(write.weight == 0 for write in self.release.writes)

    async def _base_of_a_write(self, weight: int, deadline_s: float) -> Split:
        """Give what the next write is conditional on; refuse the write where it is not ours to make now."""
        base = self._split or await self._read_router(deadline_s)
        if base.driver and self.release.signed:
            raise TakenOver(f"{base.driver} has written the router.", by=base.driver)
        if why := why_not_write(self.release, weight=weight, now=self._book.now()):
            raise ClusterError(f"nothing was written: {why}")
        back = self.release.rollback is not None
        if not back and self._tenure is not None and not self._tenure.covers():
            raise ClusterError("nothing was written: it is not certain that the lease is still held")
        return base

    async def _leave(self) -> None:
        """Leave the router and the lease to the next release; what can't be reached stays as it is."""
        if self.release.signed and not self.release.taken_by:
            with suppress(ClusterError, TimeoutError), defects_become(ClusterError):
                async with asyncio.timeout(SIGN_OFF_S):
                    await self._ports.router.sign_off()
        if self._tenure is not None:
            await self._tenure.end()

    async def _read_router(self, deadline_s: float = CALL_S) -> Split:
        with defects_become(ClusterError):
            return await self._ports.router.read(deadline_s=deadline_s)

    async def _what_became_of_it(self) -> Split | None:
        """Read back after a failure: an answer can be lost after the write took effect."""
        try:
            return await self._read_router()
        except ClusterError:
            return None

    def _answered(self, write: Write, split: Split | None, *, failed: ClusterError | None) -> None:
        """Record what was read back; None where it could not be."""
        self._split = split
        if split is not None and split.weight == write.weight:
            took_ms = max(0.0, self._book.now() - write.at) * 1000
            self._record(ev.WeightConfirmed(number=write.number, weight=split.weight, took_ms=took_ms))
            return
        expected = self.release.weight
        back = "nothing" if split is None else f"{split.weight}%"
        said = failed.with_hint if failed else f"read back {back} after writing {write.weight}%"
        wait_s = (failed.retry_after_s if failed else None) or 0.0
        self._record(ev.WriteFailed(number=write.number, trouble=said, wait_s=wait_s))
        if split is not None and split.weight != expected:
            self._record(ev.RouterSeen(weight=split.weight, changed_by=split.changed_by))


def _superseded(by: str) -> ev.LeaseLost:
    return ev.LeaseLost(why=f"{by} has written the router since", by=by, wrote=True)
