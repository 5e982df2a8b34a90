"""One worker's line to the stage's router: it can be cut, and each mark says which worker has written it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from console.errors import Unreachable
from console.plan.exposure import Exposure
from console.preflight import Check
from console.traffic.router import CALL_S, Split
from tests.worker.ports import ToyRouter, suffer

Trouble = Exception | float | None


class Line:
    """A worker's own router: what its calls meet on their way, and what they are looked at for."""

    def __init__(self, router: ToyRouter, name: str) -> None:
        self.name = name
        self.cut = False
        self.has_read = False
        """Whether this worker knows what stood there when it came."""
        self.before_read: Callable[[], Trouble] = lambda: None
        self.before_write: Callable[[int], Trouble] = lambda _weight: None
        self.over: int | None = None
        """The weight that a write is made over; None where its version is an older one: it is refused."""
        self._base = ""
        """The object's version on which the last write was made."""
        self.after_write: Callable[[int], Trouble] = lambda _weight: None
        self._router = router

    async def preflight(self) -> tuple[Check, ...]:
        return await self._router.preflight()

    async def read(self, *, deadline_s: float = CALL_S) -> Split:
        await self._pass(self.before_read)
        split = await self._router.read(deadline_s=deadline_s)
        self.has_read = True
        others = split.marked and self._router.signed_by != self.name
        return replace(split, worker=self._router.signed_by if others else "")

    async def write(self, exposure: Exposure, *, base: Split, deadline_s: float = CALL_S) -> Split:
        self._base = base.version
        self.over = self._router.weight if base.version == str(self._router.version) else None
        await self._pass(lambda: self.before_write(exposure.weight))
        split = await self._router.write(exposure, base=base, deadline_s=deadline_s)
        self._router.signed_by = self.name
        await suffer(self.after_write(exposure.weight))
        return split

    def may_land(self) -> bool:
        """Whether what was sent last is done yet, though its sender dies: the object is as it was then."""
        return self._base == str(self._router.version)

    async def sign_off(self) -> None:
        await self._pass(self.before_read)
        if not self._router.driver and self._router.marked:
            self._router.marked = False
            self._router.version += 1

    async def _pass(self, trouble: Callable[[], Trouble]) -> None:
        if self.cut:
            raise Unreachable("no route to host")
        await suffer(trouble())
