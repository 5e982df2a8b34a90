"""Everything that can happen to a release; each is one line of its journal.

An event is written before anyone acts on it. Kinds are never renamed and fields never change their
meaning: a journal of today is read for years.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from msgspec import Struct

from console.release.causes import Cause as Cause
from console.release.causes import Outcome as Outcome
from console.release.causes import Unread as Unread
from console.release.event import Commanded, Event
from console.release.events.commands import (
    AdvancedBlind,
    Approved,
    CommandRefused,
    JudgeOverridden,
    Paused,
    PromotionAsked,
    Resumed,
    RollbackAsked,
)
from console.release.events.evidence import GuardTurned, SampleTaken
from console.release.events.journal import JournalMended, JournalReplaced, JournalRestored, JournalStuck
from console.release.events.lease import LeaseAwaited, LeaseHeld, LeaseLost, LeaseWaived
from console.release.events.notices import Notified, NotifyFailed
from console.release.events.rollback import Recovered, RollbackDecided, RollbackWithheld, RolledBack
from console.release.events.router import Identified, RouterFound, RouterReadAgain, RouterSeen, RouterUnread
from console.release.events.run import FORMAT as FORMAT
from console.release.events.run import OnSignal as OnSignal
from console.release.events.run import PreflightDone, ReleaseEnded, ReleaseOpened, Signalled, WorkerResumed
from console.release.events.stages import JudgeBegun, JudgeRefreshed, JudgeResumed, Retreated, StageEntered
from console.release.events.writes import (
    TakenBack,
    WeightAltered,
    WeightConfirmed,
    WeightRequested,
    WriteFailed,
)
from console.release.numbers import Ordinal, Time

AnyEvent = (
    ReleaseOpened
    | PreflightDone
    | LeaseHeld
    | LeaseAwaited
    | LeaseLost
    | LeaseWaived
    | RouterSeen
    | RouterUnread
    | RouterReadAgain
    | RouterFound
    | Identified
    | JudgeBegun
    | JudgeRefreshed
    | JudgeResumed
    | JudgeOverridden
    | AdvancedBlind
    | Retreated
    | StageEntered
    | WeightRequested
    | WeightConfirmed
    | WriteFailed
    | WeightAltered
    | TakenBack
    | SampleTaken
    | GuardTurned
    | Paused
    | Resumed
    | PromotionAsked
    | Approved
    | RollbackAsked
    | CommandRefused
    | RollbackDecided
    | RollbackWithheld
    | RolledBack
    | Recovered
    | Notified
    | NotifyFailed
    | WorkerResumed
    | Signalled
    | JournalStuck
    | JournalMended
    | JournalReplaced
    | JournalRestored
    | ReleaseEnded
)

KINDS: tuple[type[Event], ...] = get_args(AnyEvent)
"""Every kind of event."""


def see_each_kind(kinds: Collection[type[Event]], *, what: str) -> None:
    """See that every kind of event has what is asked for; raises TypeError with those that lack it.

    Asked when the program starts: else the first journal that has such a record would tell.
    """
    missing = sorted(kind.__name__ for kind in KINDS if kind not in kinds)
    unknown = sorted(kind.__name__ for kind in kinds if kind not in KINDS)
    if missing or unknown:
        raise TypeError(f"without {what}: {missing}; not in AnyEvent: {unknown}")


def _has_words(kind: type[Event]) -> bool:
    said = kind.in_words
    return hasattr(kind, "done") if said is Commanded.in_words else said is not Event.in_words


# `vars` and not `hasattr`: a kind that inherits its parent's word about itself would pass as somebody else's
# act.
see_each_kind([kind for kind in KINDS if "about" in vars(kind)], what="a word about itself")
see_each_kind([ReleaseOpened, *(kind for kind in KINDS if kind.change is not Event.change)], what="a fold")
see_each_kind([kind for kind in KINDS if _has_words(kind)], what="words")


class Record(Struct, frozen=True, kw_only=True):
    """One line of a journal."""

    n: Ordinal
    """Counted from 1, without a gap."""
    at: Time
    event: AnyEvent
