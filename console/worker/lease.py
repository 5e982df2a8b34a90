"""A worker's hold on its lease: got before the first write, kept in the background, told as events.

The journal says whether the lease is held, so that the policy lets nothing forward without it. Between two
records the worker asks `covers` just before it writes forward: that is exact to the moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from msgspec.structs import replace

from console.errors import ClusterError, TakenOver
from console.host.order import Order
from console.policy.permit import bounded
from console.preflight import Check
from console.release import events as ev
from console.traffic.router import CALL_S
from console.worker.defects import defects_become

AGAIN_S = 1.0
"""Seconds after which a renewal that failed is tried again."""
LET_GO_S = 3.0
"""Seconds within which the lease is let go of at the end; else it runs out by itself."""


class Holder(Protocol):
    """Who held the lease before us."""

    @property
    def name(self) -> str:
        """Say who: `ana@bastion`."""


class Lease(Protocol):
    """What `console.cluster.lease.ClusterLease` does; read there."""

    @property
    def name(self) -> str:
        """The object as people say it."""

    @property
    def renew_s(self) -> float:
        """How often it is renewed."""

    @property
    def wait_s(self) -> float:
        """How long until a former holder's time is over for certain."""

    @property
    def stint(self) -> str:
        """Which holding of the lease ours is: no other one is called so."""

    @property
    def followed(self) -> str:
        """The holding that stood there when ours began; empty where there was none."""

    @property
    def was_let_go(self) -> bool:
        """Whether that holding's own worker had let go of it."""

    def certain(self, *, for_s: float = 0.0) -> bool:
        """Return whether nobody else can hold it."""

    async def last_stint(self) -> str:
        """Read which holding is the last one; empty where there is no lease."""

    async def acquire(self, *, instead_of: str | None = None) -> Holder | None:
        """Get hold of it and return whom it was taken over from; raises `TakenOver` where another has it."""

    async def renew(self) -> None:
        """Renew it."""

    async def release(self) -> None:
        """Let go of it."""


class LeaseKeeper:
    """Gets the lease for one worker, renews it, and records when it is lost and held again."""

    def __init__(
        self, lease: Lease, order: Order, *, tell: Callable[[ev.AnyEvent], None], stint: str = ""
    ) -> None:
        """`stint` is the holding of the lease that the release has had last, as far as its record knows."""
        self._lease = lease
        self._order = order
        self._tell = tell
        self._stint = stint
        self._held = False
        self._ours = False
        self._left = False
        self.took_over = False
        """Whether the lease was got from somebody who drove."""

    def covers(self) -> bool:
        """Return whether a forward write that begins now will be over while the lease is still ours."""
        return self._lease.certain(for_s=CALL_S)

    async def begin(self) -> Check:
        """Get the lease, or say who has it; after a takeover wait until the other one's time is over."""
        name = f"lease {self._lease.name}"
        wish = self._order.take_over
        try:
            with defects_become(ClusterError):
                before = await self._lease.acquire(instead_of=wish.holder if wish else None)
                self._ours = True
                await self._wait(taken_from=before.name if before else "")
        except ClusterError as error:
            return Check(name=name, ok=False, words=error.with_hint)
        self.took_over = before is not None
        self._stint = ""  # whoever held it before: the preflight looks at everything behind this
        self._hold(taken_from=before.name if before else "")
        return Check(name=name, ok=True, words="held; no other worker moves this router")

    async def go_on(self) -> None:
        """Get back the lease that a dead worker of this release held, and keep it; leave another's alone."""
        while not self._left:
            try:
                with defects_become(ClusterError):
                    await self._lease.acquire()
                    self._ours = True
                    await self._wait()
            except TakenOver as error:
                self._lose(ev.LeaseLost(why=str(error), by=error.by))
                return
            except ClusterError:
                await asyncio.sleep(AGAIN_S)
            else:
                self._hold(end_lost=self._was_let_go_of_by_us())
                await self.keep()

    async def keep(self) -> None:
        """Renew for ever, and record when the lease is lost and when it is back."""
        pause_s = self._lease.renew_s
        while True:
            await asyncio.sleep(pause_s)
            if self._left:
                return
            trouble = await self._renew()
            pause_s = AGAIN_S if trouble else self._lease.renew_s
            if trouble and self._held and not self._lease.certain():
                self._lose(ev.LeaseLost(why=f"it could not be renewed: {trouble}"))
            elif not trouble and (not self._held or self._lease.stint != self._stint):
                self._hold()

    async def leave(self) -> None:
        """Let go of it before the end, and want it no more: the next release need not wait for this one's."""
        self._left = True
        await self.end()

    async def learn(self) -> None:
        """Note which holding is the last one, where this worker knows of none: a later one is another's.

        A worker without its record has never held it. Where nobody answers it goes on knowing nothing.
        """
        if not self._stint:
            with suppress(ClusterError), defects_become(ClusterError):
                self._stint = await self._lease.last_stint()

    async def end(self) -> None:
        """Let go of what is ours, so that the next release need not wait for it to run out."""
        if not self._ours:
            return
        try:
            async with asyncio.timeout(LET_GO_S):
                with defects_become(ClusterError):
                    await self._lease.release()
        except (ClusterError, TimeoutError):
            return  # it runs out by itself

    async def was_held_since(self) -> bool:
        """Whether somebody else has held it since this release did; not where nobody can tell."""
        try:
            with defects_become(ClusterError):
                last = await self._lease.last_stint()
        except ClusterError:
            return False
        return bool(self._stint) and last not in ("", self._stint)

    async def _wait(self, *, taken_from: str = "") -> None:
        """Sit out a former holder's time, which may be certain of its lease until then."""
        if taken_from and self._lease.wait_s > 0:
            self._tell(
                ev.LeaseAwaited(lease=self._lease.name, taken_from=taken_from, wait_s=self._lease.wait_s)
            )
        while (left_s := self._lease.wait_s) > 0:
            await asyncio.sleep(min(left_s, self._lease.renew_s))
            await self._lease.renew()

    async def _renew(self) -> str:
        """Renew once; returns what went wrong, or an empty text. Another's lease is recorded at once."""
        try:
            with defects_become(ClusterError):
                await self._lease.renew()
        except TakenOver as error:
            self._ours = False
            self._lose(ev.LeaseLost(why=str(error), by=error.by))
            return str(error)
        except ClusterError as error:
            return error.with_hint
        return ""

    def _hold(self, *, taken_from: str = "", end_lost: bool = False) -> None:
        self._held = True
        wish = self._order.take_over
        held = ev.LeaseHeld(
            lease=self._lease.name,
            stint=self._lease.stint,
            meanwhile=self._was_held_meanwhile(),
            end_lost=end_lost,
        )
        self._stint = self._lease.stint
        if taken_from and wish is not None:
            person, reason = self._order.person, bounded(wish.reason)
            held = replace(held, taken_from=taken_from, person=person, reason=reason)
        self._tell(held)

    def _was_held_meanwhile(self) -> bool:
        """Whether somebody else has held it since this release did: only the lease may tell that they drove.

        Who rolls back from 0% writes nothing, and lets go of it.
        """
        began = self._lease.stint != self._stint
        return bool(self._stint) and began and self._lease.followed not in ("", self._stint)

    def _was_let_go_of_by_us(self) -> bool:
        """Whether this release's own last worker let go of it, which none does but behind an end.

        The record that is gone on with has none: a disk that was full, or a file of another day. An end at 0%
        has written nothing by which the router could tell it.
        """
        return bool(self._stint) and self._lease.was_let_go and self._lease.followed == self._stint

    def _lose(self, event: ev.LeaseLost) -> None:
        self._held = False
        self._tell(event)
