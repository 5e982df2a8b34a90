"""Who was told outside the screen."""

from __future__ import annotations

from typing import ClassVar

from console.release.about import About, By
from console.release.changes import unchanged
from console.release.event import (
    Event,
    Milliseconds,
    Ordinal,
    changes,
    says,
)
from console.release.state import (
    Release,
)


class Notified(Event, frozen=True, kw_only=True, tag="notified"):
    """Someone outside the screen was told."""

    about: ClassVar[About] = About(by=By.WORKER, noted=True, answers=True)

    to: str
    """Where the address is found, never the address."""
    occasion: str
    took_ms: Milliseconds


changes(Notified)(unchanged)


@says(Notified)
def _notified_in_words(event: Notified, _release: Release) -> str:
    return f"told {event.to} of {event.occasion}"


class NotifyFailed(Event, frozen=True, kw_only=True, tag="notify_failed"):
    """Someone outside the screen could not be told; the release does not wait for it."""

    about: ClassVar[About] = About(by=By.WORKER, noted=True, answers=True)

    to: str
    occasion: str
    trouble: str
    dropped: Ordinal = 0
    """How many messages were let go before this one because too many waited."""


changes(NotifyFailed)(unchanged)


@says(NotifyFailed)
def _notify_failed_in_words(event: NotifyFailed, _release: Release) -> str:
    dropped = f"; {event.dropped} more were dropped" if event.dropped else ""
    return f"could not tell {event.to} of {event.occasion}: {event.trouble}{dropped}"
