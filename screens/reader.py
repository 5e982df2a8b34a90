"""A feed read into a story, a part at a time, so that a long past freezes no screen.

A release of a week takes half a minute to be folded. Where a checkpoint is there, the story from it on
stands in until then: how the release stands is right from the first frame, and what came before follows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from console.journal.tail import AT_A_TIME
from console.release.events import Record
from console.release.state import Release
from screens.feed import Feed
from screens.view_state import FIRST_RECORD, Story

_MB = 1e6


class Latest(Struct, frozen=True, kw_only=True):
    """A release as a checkpoint has it, and the feed that goes on from there."""

    release: Release
    last_at: float
    """When the checkpoint's last record was written."""
    feed: Feed


class Reader:
    """Tells how a release stands, and reads all that led there."""

    def __init__(self, feed: Feed, *, waiting_for: str = FIRST_RECORD, latest: Latest | None = None) -> None:
        self._feed = feed
        self._whole = Story(waiting_for=waiting_for)
        self._backlog: deque[Record] = deque()
        self._torn_bytes = 0
        """What no poll gives: a line that is being written, or that a crash tore."""
        self._latest = latest
        self._ahead: Story | None = None
        if latest is not None:
            self._ahead = Story(release=latest.release, last_at=latest.last_at)

    @property
    def story(self) -> Story:
        """The story up to now: from a checkpoint on, until the whole one has come as far."""
        return self._ahead or self._whole

    @property
    def reading(self) -> bool:
        """Whether there are records that the whole story does not have yet."""
        return bool(self._backlog or self._feed.unread_bytes > self._torn_bytes)

    @property
    def behind(self) -> str:
        """How much the story that is told lacks, in words; empty where it lacks nothing."""
        return self._to_go if self._ahead is None and self.reading else ""

    @property
    def history(self) -> str:
        """How much of what came before is still to be read, in words; empty where nothing is."""
        return self._to_go if self._ahead is not None else ""

    def read(self) -> tuple[bool, Sequence[Record]]:
        """Take up the next part of what there is; raises JournalError where a line is no record.

        Gives whether something should be seen at once, and the newest records of the story that is told.
        """
        given = self._feed.poll()
        self._torn_bytes = 0 if given else self._feed.unread_bytes
        self._backlog.extend(given)
        part = [self._backlog.popleft() for _ in range(min(AT_A_TIME, len(self._backlog)))]
        pressing = self._whole.take(part)
        if self._latest is None or self._ahead is None:
            return pressing, part
        newest = self._latest.feed.poll()
        pressing = self._ahead.take(newest)
        if not self.reading:
            self._ahead, pressing = None, True
        return pressing, newest

    @property
    def _to_go(self) -> str:
        if self._feed.unread_bytes:
            return f"{self._feed.unread_bytes / _MB:.0f} MB to go"
        return f"{len(self._backlog)} records to go"
