"""The screen in a process of its own, fed by a made-up release that goes on in real time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from console.release.events import Record
from screens.app import PitheadApp
from screens.watched import Watched
from tests.screens import stories


class LiveFeed:
    """Has a past of three minutes, and makes a tick a second from then on."""

    def __init__(self) -> None:
        plan = stories.plan(interval_s=1.0, hold_s=50.0)
        self._teller = stories.told(180, of=plan)
        self._shift_s = time.time() - self._teller.at
        self._given = 0

    unread_bytes = 0
    """Every poll gives all there is."""

    def poll(self) -> Sequence[Record]:
        """Let the story catch up with the clock."""
        while self._teller.at + self._shift_s + 1.0 <= time.time():
            self._teller.run(1.0)
        new = self._teller.records[self._given :]
        self._given = len(self._teller.records)
        return new

    def clock(self) -> float:
        """The time in the story."""
        return time.time() - self._shift_s


if __name__ == "__main__":
    feed = LiveFeed()
    PitheadApp(Watched(feed, None), clock=feed.clock, leave_words="it goes on").run(mouse=False)
