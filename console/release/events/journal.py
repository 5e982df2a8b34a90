"""What became of the record itself."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from console.release.about import About, By, Gravity
from console.release.carried import unpacked
from console.release.event import Event, Remark
from console.release.numbers import Ordinal
from console.release.state import Release


class JournalStuck(Event, frozen=True, kw_only=True, tag="journal_stuck"):
    """The disk takes no record, from this one on or from one shortly before: it got here later."""

    about: ClassVar[About] = About(by=By.WORKER, gravity=Gravity.AMISS, noted=True)

    trouble: str

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, unrecorded=self.trouble)

    def in_words(self, _release: Release, /) -> str:
        return f"THE JOURNAL CAN'T BE WRITTEN: {self.trouble}; nothing goes forward, a rollback still does"


class JournalMended(Event, frozen=True, kw_only=True, tag="journal_mended"):
    """All records up to here are on the disk again."""

    about: ClassVar[About] = About(by=By.WORKER, noted=True)

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, unrecorded="")

    def in_words(self, _release: Release, /) -> str:
        return "the journal is written again, nothing is missing"


class JournalReplaced(Remark, frozen=True, kw_only=True, tag="journal_replaced"):
    """The release's journal was gone, or not as its worker had written it: this one begins in its place."""

    about: ClassVar[About] = About(by=By.WORKER, gravity=Gravity.AMISS, noted=True)

    trouble: str
    kept: str = ""
    """The file name of what was found, where there was something."""

    def in_words(self, _release: Release, /) -> str:
        kept = f"; what was found is kept as {self.kept}" if self.kept else ""
        return f"THE JOURNAL BEGINS ANEW HERE: {self.trouble}{kept}"


class JournalRestored(Event, frozen=True, kw_only=True, tag="journal_restored"):
    """The journal's file was cut, replaced or deleted under its worker, which made it anew.

    Where its lines are lost, it begins with this release's opening and this record, which carries the state.
    """

    about: ClassVar[About] = About(by=By.WORKER, gravity=Gravity.AMISS, noted=True)

    trouble: str
    """What was done to the file."""
    kept: str = ""
    """The file name of what was found in its place, where there was something."""
    lost: Ordinal = 0
    """Records up to this number are not in this journal; 0 where nothing is missing."""
    state: bytes = b""
    """How the release stood behind them, as `console.release.carried` packs it; empty where none is lost."""

    def change(self, release: Release, _at: float, /) -> Release:
        """Go on from the state that is carried over; where nothing was lost, it is that already."""
        if not self.state:
            return release
        # `lost_records` tells `fold` from here on that the state came from outside: a record that can't
        # follow it is then the journal's fault and not a defect.
        return replace(unpacked(self.state, opened=release), lost_records=self.lost)

    def in_words(self, _release: Release, /) -> str:
        kept = f"; what was found is kept as {self.kept}" if self.kept else ""
        if not self.lost:
            return f"THE JOURNAL WAS WRITTEN ANEW: {self.trouble}; nothing of it is missing{kept}"
        lost = f"records up to {self.lost:,} are lost, the release goes on from what its worker knows"
        return f"THE JOURNAL BEGINS ANEW HERE: {self.trouble}; {lost}{kept}"
