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

from console.errors import ClusterError
from console.evidence import Sample
from console.host.control import Ask, Standing
from console.host.order import Order
from console.judge.registry import judge_named, judge_of
from console.policy.announce import announce
from console.policy.beginning import begun_before, starting_weight
from console.policy.decide import decide
from console.policy.ending import laboratory_closed
from console.policy.explain import explain
from console.policy.how_far import how_far
from console.policy.next_look import next_look_s
from console.policy.permit import event_for, refusal, want_of_reason
from console.policy.retries import fights_after_s, overdue_after_s, retry_after_s
from console.preflight import Check
from console.release import events as ev
from console.release.parts import Stranger
from console.release.state import Phase, Release
from console.traffic.router import Split
from console.worker.book import Book
from console.worker.defects import defects_become
from console.worker.lease import LeaseKeeper
from console.worker.opening import opening, taking_up
from console.worker.ports import Ports
from console.worker.router_writer import RouterWriter, seen
from console.worker.sampler import Sampler
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.undoing import Undoing

TICK_SHARE = 0.8
"""Share of the interval that a look may take, ratio: what hangs longer makes a blind tick, not a late one."""
WAKE_SLACK_S = 0.005
"""Seconds added to a timer: one that fires a rounding error early would leave its retry to the next tick."""
LOOK_AGAIN_S = 0.5
"""Seconds between two reads of a router that can't be read when a worker goes on with a release."""
DIED = ClusterError("the worker died before the answer came")


class Worker:
    """Drives one release from its plan to its end."""

    def __init__(
        self,
        *,
        order: Order,
        book: Book,
        ports: Ports,
        spare: SpareDescriptors,
        replaced: ev.JournalReplaced | None = None,
    ) -> None:
        """Open the release, or go on with it where its book has a past; `replaced` says why it has none."""
        self._order = order
        self._book = book
        self._ports = ports
        self._spare = spare
        self._sampler = Sampler(ports, order.plan)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._failed: BaseException | None = None
        self._undoing = Undoing(ports, order.plan)
        self._reads_back = False
        """Whether a rollback is being read back."""
        self._wrote = asyncio.Event()
        """Set once a write has come to its end."""
        stint = book.release.stint if book.release else ""
        self._keeper = (
            LeaseKeeper(ports.lease, order, tell=self._happened, stint=stint) if ports.lease else None
        )
        self._writer = RouterWriter(
            ports.router, book=book, spare=spare, keeper=self._keeper, tell=self._happened
        )
        self._unanswered = book.release.writes if book.release else ()
        """What a worker that died had asked of the router."""
        if book.release is None:
            leased = self._keeper is not None
            self._record(*opening(order, cluster=ports.cluster, leased=leased, replaced=replaced))
        else:
            self._record(*taking_up(order, torn_bytes=book.torn_bytes))

    @property
    def release(self) -> Release:
        """The release as its journal has it now."""
        assert self._book.release is not None
        return self._book.release

    async def run(self) -> int:
        """Drive the release to its end and return the exit code; raises what one of its tasks raised."""
        self._start(self._begin())
        self._start(self._tick_for_ever())
        try:
            await self._ended.wait()
        finally:  # also where a signal says to leave: nothing may go forward behind that
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writer.let_go()
        if self._failed is not None:
            raise self._failed  # the lease runs out by itself: one that was let go of tells of an end
        if self._keeper is not None:
            await self._keeper.end()
        end = self.release.end
        assert end is not None
        return end.exit_code

    def take(self, ask: Ask) -> str:
        """Take a person's command at once; returns why it is refused, or an empty text."""
        why = self._refusal(ask)
        person = replace(ask.person, account=self.release.person.account)
        if why:
            self._book.write(ev.CommandRefused(command=ask.command, person=person, why=why))
            return why
        stranger = self.release.stranger
        self._record(event_for(ask.command, person, reason=ask.reason))
        if stranger is not None and self.release.stranger is None:
            self._accept(stranger)
        self._settle()
        return ""

    def _accept(self, stranger: Stranger) -> None:
        """Let an object that a person has moved this release to be its own from here on."""
        identity = self.release.identity
        if identity is not None and stranger.uid:
            self._is(ev.Identified(cluster=identity.cluster, route=stranger.uid))

    def close(self) -> None:
        """End the release where it is: the demo's laboratory is gone, and all traffic with it."""
        if self.release.phase is not Phase.ENDED:
            self._happened(laboratory_closed(self.release))

    def tell(self) -> Standing:
        """Say how the release stands: for viewers whom the journal does not reach."""
        now = self._book.now()
        release = self.release
        return Standing(
            line=explain(release, now=now),
            back=how_far(release, now=now),
            paused=release.paused_by is not None,
        )

    def note(self, event: ev.Notified | ev.NotifyFailed | ev.Signalled) -> None:
        """Put on record what the policy need not be asked about: a message to someone outside, a signal."""
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

    def _happened(self, *events: ev.AnyEvent) -> None:
        self._record(*events)
        self._settle()
        self._follow_rollback(events)

    def _follow_rollback(self, events: tuple[ev.AnyEvent, ...]) -> None:
        """Read back whether a rollback stays, fight for it, and leave the router to others once it has."""
        rollback = self.release.rollback
        if rollback is None or rollback.confirmed_at is None or not self.release.watches_back:
            return
        if not self._reads_back:
            self._reads_back = True
            self._start(self._writer.see_it_stay())
            if self._keeper is not None:
                self._start(self._keeper.learn())
        if self.release.weight:
            self._wake(in_s=fights_after_s(rollback))
        if self._keeper is not None and any(isinstance(event, ev.RolledBack) for event in events):
            self._start(self._keeper.leave())

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
        if self.release.index > stage and judge_named(self.release.plan.judge_kind).wants_past:
            self._start(self._measure_noise())
        if self.release.phase is Phase.ENDED:
            self._ended.set()

    async def _write(self, order: ev.WeightRequested) -> None:
        await self._writer.write(order)
        self._wrote.set()
        if self.release.failure is not None:
            self._wake(in_s=retry_after_s(self.release))

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
        if self.release.phase is Phase.PREPARING and not self.release.goes_back:
            await self._prepare()
            return
        await self._look_first()
        if self.release.phase is Phase.PREPARING and self.release.undoes:
            self._record(ev.PreflightDone(checks=await self._undoing.checks()))
        self._settle()
        if self.release.phase is not Phase.RUNNING:
            self._follow_rollback(())
            return  # a rollback is written again, whatever became of the writes before it
        if self._keeper is not None:
            self._start(self._keeper.go_on())
        number = self.release.last_number
        split = await self._writer.what_became_of_it()
        if self.release.last_number == number:
            self._find(split)

    async def _look_first(self) -> None:
        """Do nothing before the router was looked at: somebody may have been there since a worker died."""
        while self.release.unseen:
            found = await self._writer.found(self._unanswered)
            if found is None:
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                self._record(found)
                await self._identify(found)

    async def _identify(self, found: ev.RouterFound) -> None:
        """Note which cluster this is for a release of an older pithead, whose own mark was found here."""
        if self.release.identity is not None or not found.ours:
            return
        with suppress(ClusterError):
            split = await self._writer.look()
            self._is(ev.Identified(cluster=await self._ports.identify(), route=split.uid))

    def _find(self, split: Split | None) -> None:
        """Record what became of the writes of a worker that died, by what the router says now.

        Where somebody else has been there it says nothing of them: it is for a person to say what counts.
        """
        if self.release.stranger is None:
            for write in self._unanswered:
                self._record(*self._writer.answers(write, split, failed=DIED))
        if self.release.stranger is None and split is not None:
            self._record(*self._writer.news_in(split))
        self._settle()

    async def _prepare(self) -> None:
        try:
            checks = await self._checks()
        except ClusterError as error:
            checks = (Check(name="preflight", ok=False, words=str(error)),)
        account = await self._sampler.account()
        self._record(ev.PreflightDone(checks=checks, metrics=self._ports.source().program, account=account))
        self._settle()

    async def _checks(self) -> tuple[Check, ...]:
        """Look at everything, and where all is well at the weight in force too."""
        with defects_become(ClusterError):
            router, source, past = await asyncio.gather(
                self._ports.router.preflight(), self._ports.source().preflight(), self._sampler.past()
            )
            terms, outlook = self._sampler.outlook(past)
            checks = (*router, *source, *outlook)
        if self._keeper is not None and all(check.ok for check in checks):
            checks = (*checks, await self._keeper.begin())
        if all(check.ok for check in checks):
            if self._keeper is not None:
                self._start(self._keeper.keep())
            known = self.release.generation
            split = await self._writer.look()
            cluster = await self._ports.identify()
            self._record(seen(split))
            self._is(ev.Identified(cluster=cluster, route=split.uid))
            if judge_named(self._order.plan.judge_kind).wants_past:
                self._record(ev.JudgeBegun(terms=terms))
            checks = (*checks, self._starting_weight(split, known))
        return checks

    def _starting_weight(self, split: Split, known: int) -> Check:
        """Look at the weight that it begins from; `known` is the generation as it was read before."""
        if known and split.generation not in (0, known):
            return begun_before(self._order.plan, split.weight)
        taken_over = self._keeper is not None and self._keeper.took_over
        named = self._order.start_weight
        return starting_weight(self._order.plan, split.weight, named=named, taken_over=taken_over)

    def _is(self, found: ev.Identified) -> None:
        """Put on record which cluster and object this is, and hold each later login against them."""
        self._record(found)
        self._ports.hold_to(found.identity)

    # -- evidence -----------------------------------------------------------------------------------

    async def _measure_noise(self) -> None:
        """Measure stable's noise once more, at the start of a stage."""
        past, known = await self._sampler.past(), self.release.memory.judge
        profile = judge_of(known).measured(known, past)
        if profile is not None:
            self._record(ev.JudgeRefreshed(profile=profile))

    async def _tick_for_ever(self) -> None:
        """Tick on a grid of the loop's own clock: a late tick does not make the next one late."""
        loop = asyncio.get_running_loop()
        interval_s = self._order.plan.interval_s
        await self._first_back(within_s=interval_s)
        due = loop.time()
        while True:
            again_s = interval_s
            if self.release.phase is not Phase.PREPARING:
                again_s = next_look_s(await self._tick(), interval_s=interval_s)
            due = max(due + again_s, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _first_back(self, *, within_s: float) -> None:
        """Let a way back that this worker begins with be written before it looks at anything.

        What the first look imports alone would keep that write waiting for a fifth of a second.
        """
        if not self._order.first and self.release.phase is not Phase.ROLLING_BACK:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._wrote.wait()

    async def _tick(self) -> Sample:
        if self.release.rollback is None:
            self._spare.fill()
        deadline_s = self._order.plan.interval_s * TICK_SHARE
        sample, _ = await asyncio.gather(
            self._sampler.sample(deadline_s=deadline_s), self._writer.watch(deadline_s)
        )
        if not self._book.overfull:
            before = self.release
            self._record(ev.SampleTaken(sample=sample))
            self._record(*announce(before, self.release))
        self._settle()
        return sample
