"""What a sequence has been through; a test that never saw a thing has shown nothing about it."""

from __future__ import annotations

from enum import StrEnum

from tests.model.surroundings import Mark


class Sight(StrEnum):
    """One thing that a sequence can go through."""

    PROMOTED = "promoted"
    ROLLED_BACK_BY_GUARD = "rolled back by a guard"
    ROLLED_BACK_BY_JUDGE = "rolled back by the judge"
    ROLLED_BACK_BY_SCORE = "rolled back by Kayenta's score"
    ROLLED_BACK_BY_SILENCE = "rolled back by silence"
    ROLLED_BACK_BY_PERSON = "rolled back by a person"
    ROLLED_BACK_BY_PATIENCE = "rolled back by patience"
    ROLLBACK_CONFIRMED = "a rollback was confirmed"
    ROLLBACK_FAILED_FIRST = "a rollback's write failed, and was tried again"
    NOT_CONFIRMED = "a rollback that was never confirmed"
    HELD_AT_THE_END = "ended where it stood"
    REFUSED = "refused by the preflight"
    TAKEN_OVER = "taken over by another driver"
    HELD_BY_GUARD = "held by a guard"
    HELD_BY_JUDGE = "held by the judge"
    RETREATED = "retreated"
    WENT_ON_BY_ITSELF = "went on by itself behind the judge's hold"
    BREACH = "a breach"
    BLIND = "blind"
    THIN = "too few requests"
    LEASE_LOST = "lost the lease"
    LEASE_BACK = "got the lease back"
    JOURNAL_STUCK = "a journal that took nothing"
    JOURNAL_MENDED = "a journal that was mended"
    ROLLBACK_UNRECORDED = "a rollback while the journal took nothing"
    ROLLBACK_UNLEASED = "a rollback without the lease"
    TAKEN_UP = "taken up after a crash"
    TAKEN_UP_ROLLING_BACK = "taken up in a rollback"
    CHANGED = "a weight that someone else changed"
    UNREAD = "a router that could not be read"
    FORBIDDEN = "a credential that was refused"
    ELSEWHERE = "a login that led to another cluster"
    GONE = "a route that was deleted"
    ANOTHER_OBJECT = "a route that was made anew"
    LEFT_TO_A_PERSON = "a weight that only a person moves"
    MOVED_BY_A_PERSON = "a person moved what was left to a person"
    JOURNAL_RESTORED = "a journal that was put back whole"
    JOURNAL_CUT = "a journal whose lines were lost under its worker"
    JOURNAL_BROKEN = "a rollback in the place of a journal that nobody can go on with"
    JOURNAL_SHORTER = "taken up from a journal that had lost its end"
    OVERTAKEN = "overtaken by a newer release"
    TOLD_BY_GENERATION = "a change that only the object's generation told"
    CUT_OFF = "cut off while a newer release went by"
    TWO_WORKERS = "two workers of one release lived at once"
    HELD_MEANWHILE = "a lease that somebody else had held meanwhile"
    BACK_ELSEWHERE = "rolled back by another worker while this one was cut off"
    STOPPED_FOR_ANOTHER = "stopped for another driver that had written meanwhile"
    STRIPPED = "a manifest without marks"
    COPIED = "a manifest with a copy of this release's marks"
    COPY_TOLD = "a copy of its marks that was not believed"
    FOREIGN = "a manifest with another release's marks"
    FOREIGN_TOLD = "another release's marks that were named, and not obeyed"
    HOST_LOST = "rolled back from another host"
    NOT_AS_SHOWN = "a rollback from another host that found another than was shown"
    ALTERED = "a write that came out otherwise"
    TAKEN_BACK = "a weight that was taken back"
    WITHHELD = "a rollback that waits for stable's pods"
    WRITE_FAILED = "a write that failed"
    LANDED_LATE = "a forward write that landed behind a rollback"
    SUSPENDED = "a machine that slept"
    PAUSED = "paused"
    RESUMED = "resumed"
    PROMOTED_BY_PERSON = "a person promoted a stage"
    APPROVED = "approved"
    ADVANCED_BLIND = "advanced blind"
    OVERRIDDEN = "went on against the judge"
    COMMAND_REFUSED = "a command was refused"
    READ_ONLY_REFUSED = "a read-only viewer was refused"


APPLIED = {
    Mark.STRIPPED: Sight.STRIPPED,
    Mark.COPIED: Sight.COPIED,
    Mark.ANOTHERS: Sight.FOREIGN,
}
