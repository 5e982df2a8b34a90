"""The fold: a release and one more record give the release after it. There is no other way to change one."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from console.errors import JournalError
from console.judge.memory import Memory
from console.judge.registry import begin
from console.release import events as ev
from console.release.about import By
from console.release.events.run import KEPT
from console.release.state import Release


def fold(release: Release | None, record: ev.Record) -> Release:
    """Return the release after `record`.

    Raises `JournalError` where no release can come to that record.

    The first record opens the release, no later one does, and the stages are the plan's.
    """
    event = record.event
    # An opening makes a release out of nothing; all others change one.
    if isinstance(event, ev.ReleaseOpened):
        if release is not None:
            raise JournalError(f"record {record.n} opens a release within the journal of another")
        return _opened(event, record.at)
    if release is None:
        raise JournalError(
            "the journal does not begin with the opening of a release",
            hint="its first lines are lost, or this is not a journal of pithead",
        )
    # Asked here once, because every later reader takes `plan.stages[index]` for granted. A record alone
    # can't be held to the plan when it is decoded: it does not know it.
    if isinstance(event, ev.StageEntered) and not 0 <= event.stage < len(release.plan.stages):
        raise JournalError(f"record {record.n} enters stage {event.stage + 1} of {len(release.plan.stages)}")
    try:
        after = event.change(release, record.at)
    except (LookupError, ArithmeticError, ValueError, TypeError, AttributeError) as error:
        if not release.lost_records:
            raise
        # Records are held to what can be, one by one; a state that a stranger wrote can't be held to all.
        raise JournalError(
            f"record {record.n} can't follow the state that this journal begins with"
        ) from error
    # A promotion stands on a read of its own tick. Whatever else comes between that tick and the decision (a
    # word of a person, a write's answer) may have been long in coming: the next tick reads again.
    if after.just_read and not _is_of_a_tick(event):
        return replace(after, just_read=False)
    return after


def _is_of_a_tick(event: ev.AnyEvent) -> bool:
    """Whether a tick writes it down before its policy is asked."""
    return isinstance(event, ev.SampleTaken) or event.about.by is By.VERDICT


def fold_all(records: Iterable[ev.Record]) -> Release:
    """Fold a whole journal; raises `JournalError` for one without a record, and as `fold` does."""
    release = None
    for record in records:
        release = fold(release, record)
    if release is None:
        raise JournalError("the journal is empty")
    return release


def _opened(event: ev.ReleaseOpened, at: float) -> Release:
    kept = {name: getattr(event, name) for name in KEPT}
    return Release(name=event.release, opened_at=at, memory=Memory(judge=begin(event.plan)), **kept)
