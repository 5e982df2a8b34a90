"""Who was told outside the screen."""

from __future__ import annotations

from typing import ClassVar

from console.release.about import About, By
from console.release.event import Remark
from console.release.numbers import Milliseconds, Ordinal
from console.release.state import Release


class Notified(Remark, frozen=True, kw_only=True, tag="notified"):
    """Someone outside the screen was told."""

    about: ClassVar[About] = About(by=By.WORKER, noted=True, answers=True)

    to: str
    """Where the address is found, never the address."""
    occasion: str
    took_ms: Milliseconds

    def in_words(self, _release: Release, /) -> str:
        return f"told {self.to} of {self.occasion}"


class NotifyFailed(Remark, frozen=True, kw_only=True, tag="notify_failed"):
    """Someone outside the screen could not be told; the release does not wait for it."""

    about: ClassVar[About] = About(by=By.WORKER, noted=True, answers=True)

    to: str
    occasion: str
    trouble: str
    dropped: Ordinal = 0
    """How many messages were let go before this one because too many waited."""

    def in_words(self, _release: Release, /) -> str:
        dropped = f"; {self.dropped} more were dropped" if self.dropped else ""
        return f"could not tell {self.to} of {self.occasion}: {self.trouble}{dropped}"
