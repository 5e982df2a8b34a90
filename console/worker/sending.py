"""A write on its way to the router, with all the time that the cluster's webhooks may take for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from console.errors import ClusterError, Conflict
from console.plan.exposure import Exposure
from console.traffic.router import CALL_S, Router, Split
from console.worker.defects import defects_become

WEBHOOK_S = 30.0
"""The longest time limit that a webhook may have, seconds, by Kubernetes' API (10 s where it names none)."""
WRITE_S = WEBHOOK_S + CALL_S
BACK_S = 10.0
"""Time limit of each call of a rollback, seconds: beside one that hangs others follow; a slow one counts."""


class Sending:
    """Sends writes to one router, and tells a slow answer from a dead connection.

    A write that is slow in a webhook and one on a dead connection look the same. While the API server answers
    reads the first is waited for, and a second one is sent beside it: both are conditional on one version, so
    that one of them at most is done.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._patient = False
        """Whether a write of a rollback is on its way that may take as long as webhooks do."""

    async def forward(self, weight: int, *, base: Split, again: Callable[[], bool]) -> None:
        """Send a write; `again` says whether it may be sent a second time. Raises as the router does."""
        tries = [self._sent(weight, base, WRITE_S)]
        try:
            while not await _one_is_done(tries):
                await self._look_meanwhile(weight, base)
                if len(tries) == 1 and again():
                    tries.append(self._sent(weight, base, WRITE_S))
        except _InForceError:
            return
        finally:
            for each in tries:
                each.cancel()
            await asyncio.gather(*tries, return_exceptions=True)

    async def back(self, *, base: Split) -> None:
        """Send a rollback's write; one at a time has as long as webhooks may take, the others beside it less.

        What hangs would otherwise hold too many threads where the system starts no more of them.
        """
        patient, self._patient = not self._patient, True
        try:
            await self._written(0, base, WRITE_S if patient else BACK_S)
        finally:
            if patient:
                self._patient = False

    async def _look_meanwhile(self, weight: int, base: Split) -> None:
        """Read what is in force; raises where nothing answers, or where the write can't be done any more."""
        with defects_become(ClusterError):
            split = await self._router.read(deadline_s=CALL_S)
        if split.version == base.version:
            return
        if split.weight == weight:
            raise _InForceError
        raise Conflict("The object has changed while the write was on its way.")

    def _sent(self, weight: int, base: Split, deadline_s: float) -> asyncio.Task[None]:
        return asyncio.ensure_future(self._written(weight, base, deadline_s))

    async def _written(self, weight: int, base: Split, deadline_s: float) -> None:
        with defects_become(ClusterError):
            await self._router.write(Exposure(weight=weight), base=base, deadline_s=deadline_s)


class _InForceError(Exception):
    """What was written is in force, though its answer has not come."""


async def _one_is_done(tries: list[asyncio.Task[None]]) -> bool:
    """Wait a little; whether one try has succeeded. Raises what the first said once all have failed."""
    under_way = [each for each in tries if not each.done()]
    if under_way:
        await asyncio.wait(under_way, timeout=CALL_S, return_when=asyncio.FIRST_COMPLETED)
    done = [each for each in tries if each.done()]
    if any(each.exception() is None for each in done):
        return True
    if len(done) == len(tries):
        tries[0].result()
    return False
