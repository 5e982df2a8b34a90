"""What stands in a release: its writes, its lease, its rollback, its end, and what came in the way of it."""

from __future__ import annotations

from msgspec import Struct

from console.release.causes import Cause, Outcome, Unread

UNREAD_TICKS = 3
"""Looks at the router that fail in a row before a release stands still for it: one may be a blip."""


class Write(Struct, frozen=True, kw_only=True):
    """A weight that was asked for and not yet answered."""

    number: int
    weight: int
    at: float


class Failure(Struct, frozen=True, kw_only=True):
    """The writes that failed in a row, up to the last one."""

    since: float
    """When the first of them failed."""
    at: float
    times: int
    trouble: str
    wait_s: float = 0.0
    """How long the API server asks us to wait."""


class Unreadable(Struct, frozen=True, kw_only=True):
    """A router that can't be read."""

    cause: Unread
    why: str
    since: float
    ticks: int = 0
    """The looks in a row that failed."""

    @property
    def lasts(self) -> bool:
        """Whether it is no blip any more: it stands in the way of all that leads forward."""
        return self.ticks >= UNREAD_TICKS or self.cause is Unread.ELSEWHERE


class Altered(Struct, frozen=True, kw_only=True):
    """A write that came out as another weight than was asked for."""

    asked: int
    weight: int

    @property
    def none_was_asked(self) -> bool:
        """Whether 0% was asked for: no smaller weight can be tried."""
        return self.asked == 0


class Withheld(Struct, frozen=True, kw_only=True):
    """A rollback by itself that waits until stable has pods."""

    cause: Cause
    reason: str


class Lease(Struct, frozen=True, kw_only=True):
    """The right to drive, as it was last journaled."""

    held: bool
    at: float
    """Since when it is as it is."""
    why: str = ""
    """Why it is not held."""
    taken_by: str = ""
    """Who drives now, where somebody else does."""
    taker_wrote: bool = False
    """Whether the other one has written the router."""
    free_at: float | None = None
    """Until when its former holder may be certain of it, where it was taken over and is waited for."""


class Stranger(Struct, frozen=True, kw_only=True):
    """What stands where this release's own mark was when its last worker died."""

    by: str
    """Who wrote the object's routes last; empty where it does not say."""
    mark: str
    """Whose release the object's marks name; empty where it bears none."""
    replaced: bool
    """Whether it is another object of the same name."""
    uid: str = ""
    """That object's UID."""
    generation: int = 0
    since: bool = False
    """Whether its generation alone tells that somebody has been there."""
    unlike_shown: bool = False
    """Whether it is another than was shown to the person who wants it rolled back."""


class Rollback(Struct, frozen=True, kw_only=True):
    """A rollback, timed step by step; each time is epoch seconds, None where it has not come to that."""

    cause: Cause
    reason: str
    decided_at: float
    asked_at: float | None = None
    confirmed_at: float | None = None
    gone_at: float | None = None
    attempts: int = 0
    stayed_at: float | None = None
    """When stable had kept all traffic for several reads; None again where somebody took it away."""
    recovered_at: float | None = None
    """When the watch for the users' recovery ended."""
    troubled: bool = False
    """Whether that watch ended before errors were as they should be."""
    overwritten: int = 0
    """How often somebody else has sent traffic to the canary again."""
    overwritten_by: str = ""
    """Who did so last."""
    overwritten_at: float = 0.0
    clear_since: float | None = None
    """Since when, in samples wholly behind the confirmation, the canary has served nobody."""
    clear_requests: float = 0.0
    """Stable's requests since then."""
    clear_errors: float = 0.0
    """Those of them that failed."""
    served: float = 0.0
    """The canary's requests in the last look."""


class End(Struct, frozen=True, kw_only=True):
    """How it ended."""

    at: float
    outcome: Outcome
    exit_code: int
    reason: str
    laboratory_closed: bool = False
    """Whether its demo's laboratory was closed before it had come to its own end."""
