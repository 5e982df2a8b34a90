"""Writes the router for a worker: each order written, read back and answered, and the weight watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress

from console.cluster.api import FIELD_MANAGER
from console.errors import (
    AnotherCluster,
    ClusterError,
    Conflict,
    Denied,
    NotAsPlanned,
    NotFound,
    TakenOver,
    Unreachable,
)
from console.policy.forward import why_not_write
from console.release import events as ev
from console.release.parts import Write
from console.release.state import Release
from console.threads import now_urgent
from console.traffic.router import CALL_S, Router, Split
from console.worker.book import Book
from console.worker.defects import defects_become
from console.worker.lease import LeaseKeeper
from console.worker.sending import BACK_S, Sending
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.whose import Whose

CONFLICTS = 5
"""How many times a rollback reads and writes again at once after a conflict."""
SIGN_OFF_S = 3.0
"""Seconds within which our marks are taken off the router at the end; else they stay."""
READS, READ_EVERY_S = 3, 0.7
"""How many reads in a row must show 0% before a rollback has stayed, and the seconds between two.

In all more than a second: after that most controllers have undone a foreign write."""
SAFE_S = 5.0
"""Seconds that a forward write waits for its intent to be on the disk: it is not sent without."""


class RouterWriter:
    """Writes the router for one release, and keeps what it answered last; results become events."""

    def __init__(
        self,
        router: Router,
        *,
        book: Book,
        spare: SpareDescriptors,
        keeper: LeaseKeeper | None,
        tell: Callable[..., None],
    ) -> None:
        """`tell` takes the events that came of something, all of them at once."""
        self._router = router
        self._sending = Sending(router)
        self._book = book
        self._spare = spare
        self._keeper = keeper
        self._tell = tell
        self._split: Split | None = None
        self._whose = Whose(book, keeper)

    @property
    def _release(self) -> Release:
        assert self._book.release is not None
        return self._book.release

    async def look(self, deadline_s: float = CALL_S) -> Split:
        """Read the weight in force, as the base of the next write."""
        self._split = await self._read(deadline_s)
        return self._split

    async def watch(self, deadline_s: float) -> None:
        """See whether the weight is still ours, whenever no write of ours is on its way."""
        if self._release.writes or self._release.unseen:
            return
        number = self._release.last_number
        try:
            split = await self._read_within(deadline_s)
        except ClusterError as error:
            if self._release.last_number == number:
                self._was_not_read(error)
            return
        if self._release.last_number != number:
            return  # a write of ours began meanwhile: what was read may be from before it
        self._split = split
        if self._release.stranger is not None and self._release.unread is None:
            return  # a person decides, on what was found
        if taker := self._whose.taker(split):
            self._tell(_superseded(taker))
        elif news := [*self.news_in(split)]:
            self._tell(*news)

    async def found(self, unanswered: tuple[Write, ...]) -> ev.RouterFound | None:
        """Look at the router before anything is done to it; None where it can't be read now."""
        try:
            split = await self._read_within(CALL_S)
        except ClusterError as error:
            self._was_not_read(error)
            return None
        self._split = split
        if self._whose.is_as_left(split, unanswered):
            return ev.RouterFound(weight=split.weight, generation=split.generation)
        return self._whose.stranger(split)

    def _was_not_read(self, error: ClusterError) -> None:
        """Tell that the router can't be read, once for each cause: evidence and guards go on meanwhile."""
        unread, cause = self._release.unread, _cause(error)
        if unread is None or unread.cause is not cause:
            self._tell(ev.RouterUnread(cause=cause, why=error.with_hint))

    def news_in(self, split: Split) -> Iterator[ev.AnyEvent]:
        """List, as events, what the record does not know of the router yet."""
        if self._whose.is_a_strangers(split):
            yield self._whose.stranger(split)
            return
        if self._release.unread is not None:
            yield ev.RouterReadAgain()
        if self._is_news(split) or split.elsewhere != self._release.elsewhere:
            yield seen(split)

    def _is_news(self, split: Split) -> bool:
        """Whether the record has another weight, or knows the object as it was before a change."""
        return split.weight != self._release.weight or split.generation not in (0, self._release.generation)

    async def write(self, order: ev.WeightRequested) -> None:
        """Write what was ordered, and record what was read back."""
        failed: ClusterError | None = None
        split: Split | None
        try:
            await self._clear_the_way(order.weight)
            split = await self._written_and_read_back(order.weight)
        except TakenOver as error:
            self._tell(_superseded(error.by))
            return
        except ClusterError as error:
            failed = error
            split = await self.what_became_of_it()
        for write in self._release.writes:
            if write.number == order.number:  # else another try has found out
                self._tell(*self.answers(write, split, failed=failed))

    async def what_became_of_it(self) -> Split | None:
        """Read back after a failure: an answer can be lost after the write took effect."""
        try:
            return await self._read()
        except ClusterError:
            return None

    def answers(
        self, write: Write, split: Split | None, *, failed: ClusterError | None
    ) -> tuple[ev.AnyEvent, ...]:
        """List, as events, what became of a write, by what was read back (None: nothing)."""
        self._split = split
        if split is not None and split.weight == write.weight:
            if failed is None:
                self._whose.wrote(split)
            took_ms = max(0.0, self._book.now() - write.at) * 1000
            return (
                ev.WeightConfirmed(
                    number=write.number,
                    weight=split.weight,
                    took_ms=took_ms,
                    elsewhere=split.elsewhere,
                    generation=split.generation,
                ),
            )
        if failed is None and split is not None and self._is_altered(split):
            return (
                ev.WeightAltered(
                    number=write.number,
                    asked=write.weight,
                    weight=split.weight,
                    generation=split.generation,
                ),
            )
        back = "nothing" if split is None else f"{split.weight}%"
        said = failed.with_hint if failed else f"read back {back} after writing {write.weight}%"
        wait_s = (failed.retry_after_s if failed else None) or 0.0
        lost = ev.WriteFailed(number=write.number, trouble=said, wait_s=wait_s)
        # Told here and not by the next look alone: where a write follows each answer no look comes between.
        if split is not None and self._whose.is_a_strangers(split):
            return (lost, self._whose.stranger(split))
        return (lost, seen(split)) if split is not None and self._is_news(split) else (lost,)

    def _is_altered(self, split: Split) -> bool:
        """Whether our own write came out otherwise: then the object does not name another who changed it."""
        ours = split.changed_by in ("", FIELD_MANAGER)
        return ours and self._release.rollback is None

    async def see_it_stay(self) -> None:
        """Read behind a confirmed rollback for as long as this lasts, and tell once when it has stayed."""
        since, reads, before = 0.0, 0, (-1, -1)
        while True:
            await asyncio.sleep(READ_EVERY_S)
            await self.watch(CALL_S)
            release, rollback = self._release, self._release.rollback
            if rollback is None or release.weight or release.writes or release.unread is not None:
                reads = 0
                continue
            # Another's write that a tick has seen and answered between two reads counts as well.
            now = (rollback.overwritten, release.last_number)
            reads = reads + 1 if now == before else 1
            since = self._book.now() if reads == 1 else since
            before = now
            if reads >= READS and rollback.stayed_at is None:
                self._tell(ev.RolledBack(reads=reads, over_s=max(0.0, self._book.now() - since)))

    async def let_go(self) -> None:
        """Take our marks off the router, for the next release; what can't be reached stays as it is."""
        marked = self._release.signed or self._release.goes_back
        if marked and not self._release.taken_by:
            with suppress(ClusterError, TimeoutError), defects_become(ClusterError):
                async with asyncio.timeout(SIGN_OFF_S):
                    await self._router.sign_off()

    async def _clear_the_way(self, weight: int) -> None:
        """Give a way back all it needs, and let it wait for nothing; let a way forward wait for the disk."""
        if weight == 0:
            self._spare.let_go()
            now_urgent()
        elif not await self._book.safe(within_s=SAFE_S):
            raise ClusterError("nothing was sent: its intent is not on the disk")

    async def _written_and_read_back(self, weight: int) -> Split:
        """Write on condition of what was read last, a rollback several times where the object moves."""
        tries, deadline_s = (CONFLICTS, BACK_S) if weight == 0 else (1, CALL_S)
        for left in reversed(range(tries)):
            base = await self._base_of_a_write(weight, deadline_s)
            if base is not self._split and self._is_back(base) and not self._bears_what_is_lost(base):
                return base
            try:
                await self._send(weight, base)
            except Conflict:
                self._split = None
                if left == 0:
                    raise
            else:
                break
        return await self._read(deadline_s)

    async def _send(self, weight: int, base: Split) -> None:
        if weight == 0:
            await self._sending.back(base=base)
            return
        await self._sending.forward(weight, base=base, again=lambda: not self._why_not(weight))

    def _is_back(self, split: Split) -> bool:
        """Whether an earlier try has taken the canary's weight away, and nothing can bring it back."""
        return split.exposure.is_none and all(write.weight == 0 for write in self._release.writes)

    def _bears_what_is_lost(self, split: Split) -> bool:
        """Whether the mark of the release that this one rolls back is left: a write takes it off."""
        return self._release.in_place_of is not None and bool(split.driver)

    async def _base_of_a_write(self, weight: int, deadline_s: float) -> Split:
        """Return what the next write is conditional on; refuse the write where it is not ours to make now."""
        base = self._split
        if base is None or self._whose.is_replaced(base):  # another object may need no write: it is read now
            base = await self._read(deadline_s)
        if driver := self._whose.fences(base):
            raise TakenOver(f"{driver} has written the router.", by=driver)
        if why := self._whose.why_not_write(base, weight) or self._why_not(weight):
            raise ClusterError(f"nothing was written: {why}")
        if await self._is_told_by_the_lease(base):
            raise TakenOver(f"{ANOTHER_HOLDER} has driven since.", by=ANOTHER_HOLDER)
        if self._release.rollback is None and self._whose.was_changed(base):
            # The record must know what a write is made on: the next worker tells it from others' by that.
            raise Conflict("nothing was written: the object was changed since it was looked at last")
        return base

    async def _is_told_by_the_lease(self, base: Split) -> bool:
        """Whether a rollback would take back what another release has left, and only the lease tells it.

        Who promotes takes the mark off, and a manifest that is applied behind that, or an object made anew,
        says nothing of who drove. The lease is read only where the object was moved while it was not held for
        sure: no other rollback waits for it.
        """
        if self._keeper is None or self._release.rollback is None:
            return False
        if not self._whose.may_be_anothers(base):
            return False
        held_since = not self._keeper.covers() and await self._keeper.was_held_since()
        return held_since or self._release.held_meanwhile

    def _why_not(self, weight: int) -> str:
        """Say why this write is not ours to make now; empty where it is."""
        if why := why_not_write(self._release, weight=weight, now=self._book.now()):
            return why
        back = self._release.rollback is not None
        if not back and self._keeper is not None and not self._keeper.covers():
            return "it is not certain that the lease is still held"
        return ""

    async def _read_within(self, deadline_s: float) -> Split:
        try:
            async with asyncio.timeout(deadline_s):
                return await self._read()
        except TimeoutError:
            raise Unreachable(f"the router's object was not read within {deadline_s:g} s") from None

    async def _read(self, deadline_s: float = CALL_S) -> Split:
        with defects_become(ClusterError):
            split = await self._router.read(deadline_s=deadline_s)
        self._whose.meet(split)
        return split


def seen(split: Split) -> ev.RouterSeen:
    """Return what was read, for the record."""
    return ev.RouterSeen(
        weight=split.weight,
        changed_by=split.changed_by,
        elsewhere=split.elsewhere,
        generation=split.generation,
    )


def _cause(error: ClusterError) -> ev.Unread:
    for kind, cause in _CAUSES:
        if isinstance(error, kind):
            return cause
    return ev.Unread.UNUSABLE


_CAUSES = (
    (AnotherCluster, ev.Unread.ELSEWHERE),
    (NotFound, ev.Unread.GONE),
    (NotAsPlanned, ev.Unread.CHANGED),
    (Denied, ev.Unread.FORBIDDEN),
    (Unreachable, ev.Unread.UNREACHABLE),
)


ANOTHER_HOLDER = "another holder of the lease"
"""Who has taken a route over, where the object says nothing of them."""


def _superseded(by: str) -> ev.LeaseLost:
    return ev.LeaseLost(why=f"{by} has written the router since", by=by, wrote=True)
