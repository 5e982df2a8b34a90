"""What a worker finds in the place of its release's journal, and what it makes of it.

A worker that goes on needs the whole past, and goes on with nothing less. One that was started to roll back
needs none of it: neither the length of a journal nor damage to it may stand before the router.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from console.errors import JournalError
from console.host.order import Order
from console.journal import Past, read_past
from console.journal.aside import set_aside
from console.journal.checkpoint import checkpoint_of
from console.journal.ends import ends_of
from console.plan.literal import literal
from console.private import is_anothers
from console.release.events import JournalReplaced, Record
from console.release.fold import fold
from console.release.state import Phase, Release
from console.worker.opening import known_by_order

QUICK_BYTES = 2**20
"""Bytes of a journal that is folded whole, also without a checkpoint: this many take a fifth of a second."""
LONGEST_TROUBLE = 300
"""Characters of what was wrong with a journal that are quoted."""
GONE = "there was none"
"""Said where nothing was found in the journal's place."""


class Found(Struct, frozen=True, kw_only=True):
    """Where a worker begins."""

    past: Past | None = None
    """None where a new journal is begun."""
    replaced: JournalReplaced | None = None
    """Why a new journal is begun where there should be one."""


def found_at(path: Path, order: Order) -> Found:
    """Read the journal at `path`; raises `JournalError` where no worker can go on with it."""
    if order.first:
        return _to_roll_back(path, order)
    _refuse_anothers(path)
    past = read_past(path) if path.is_file() else None
    if lost := _lost(past.release if past else None, order):
        raise JournalError(
            f"the journal has lost its end: {lost}",
            hint=f"pithead rollback {order.release} sends all traffic back",
        )
    return Found(past=past)


def _lost(release: Release | None, order: Order) -> str:
    """Say what the order knows of a release and its journal does not; to go on would be to begin anew.

    Without a journal, or with an empty one, nothing of the release is known.
    """
    if order.reach.identity is not None and (release is None or release.identity is None):
        return "it knows of no preflight, which the release has passed"
    if order.moved and (release is None or release.phase is Phase.PREPARING or release.last_number == 0):
        return "it knows of no weight, and one was asked for"
    return ""


def _to_roll_back(path: Path, order: Order) -> Found:
    """Read the past where that is quick, else its ends alone; do without one that is damaged."""
    if order.begins_anew and not path.exists():
        return Found()  # a release of its own begins
    try:
        _refuse_anothers(path)
        if _size(path) < QUICK_BYTES or checkpoint_of(path) is not None:
            return Found(past=_not_empty(read_past(path)))
        return Found(past=_past_by_its_ends(path, order))
    except (JournalError, OSError) as error:
        trouble = literal(str(error), longest=LONGEST_TROUBLE) if path.exists() else GONE
        return Found(replaced=JournalReplaced(trouble=trouble, kept=set_aside(path)))


def _refuse_anothers(path: Path) -> None:
    """Raise JournalError where what lies there is not this user's: it is read by those who only look."""
    if path.is_symlink():
        raise JournalError(f"the journal {path} is a link, and is not followed")
    if is_anothers(path):
        raise JournalError(
            f"the journal {path} belongs to another user, and is not acted on",
            hint="run it as the user whose release it is",
        )


def _not_empty(past: Past) -> Past:
    if past.release is None:
        raise JournalError("the journal is empty")
    return past


def _size(path: Path) -> int:
    return path.stat().st_size


def _past_by_its_ends(path: Path, order: Order) -> Past:
    ends = ends_of(path)
    release = known_by_order(order, at=ends.opened_at, last_number=ends.place.n)
    if ends.ended is not None:
        release = fold(release, Record(n=ends.place.n, at=ends.place.at, event=ends.ended))
    return Past(release=release, place=ends.place, torn_bytes=ends.torn_bytes, folded=False)
