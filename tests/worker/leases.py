"""A lease that does what a test tells it."""

from __future__ import annotations

from console.cluster.holder import Holder
from console.errors import TakenOver


class ToyLease:
    """Held while `held_until` has not come; `trouble` is what the next calls raise."""

    name = "shop/pithead-istio-checkout"
    renew_s = 4.0

    def __init__(self) -> None:
        self.certainly = True
        self.trouble: Exception | None = None
        self.before: Holder | None = None
        self.stint = ""
        self.followed = ""
        self.was_let_go = False
        self.last = ""
        """The last holding, where that is not ours."""
        self.wait_s = 0.0
        self.renewals = 0
        self.released = False
        self.taken_from: list[str | None] = []

    def certain(self, *, for_s: float = 0.0) -> bool:  # noqa: ARG002 - the protocol's names
        return self.certainly

    async def last_stint(self) -> str:
        if self.trouble:
            raise self.trouble
        return self.last or self.stint

    async def acquire(self, *, instead_of: str | None = None) -> Holder | None:
        self.taken_from.append(instead_of)
        if self.trouble:
            raise self.trouble
        return self.before

    async def renew(self) -> None:
        self.renewals += 1
        if self.trouble:
            raise self.trouble

    async def release(self) -> None:
        self.released = True

    def was_ours(self) -> None:
        """Let another worker of ours have let go of it: ours is the stint behind that."""
        self.followed, self.was_let_go = self.stint, True
        self.stint = str(int(self.stint) + 1)

    def was_anothers(self) -> None:
        """Let another have held it since, and have let go of it: ours is another stint now."""
        held = int(self.stint or 0)
        self.was_let_go = True
        self.stint, self.followed = str(held + 2), str(held + 1)


def taken() -> TakenOver:
    return TakenOver("The lease is held by bob@laptop, for 3m.", by="bob@laptop", hint="Go there.")
