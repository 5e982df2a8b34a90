"""Where a replay stands in time and how it moves. Pure: the time that has passed is handed in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from console.claims.moments import Course

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
QUIET_S = 10.0
"""Without an event for longer than this a recording is quiet."""
LEAD_S = 3.0
"""So long before and after an event a recording is not skipped."""


class Playhead:
    """A time within the course, a speed and a direction."""

    def __init__(self, course: Course, *, events: Sequence[float], at: float, playing: bool) -> None:
        self._course = course
        self._events = events
        self.at = at
        self.playing = playing
        self.speed = 1.0
        self.direction = 1
        self.skips_quiet = False

    @property
    def at_end(self) -> bool:
        """Whether there is nothing more in the direction of play."""
        last = self._course.ends_at if self.direction > 0 else self._course.begins_at
        return self.at == last

    def go(self, at: float) -> None:
        """Go to a time, or to the nearest one that is in the recording."""
        self.at = min(max(at, self._course.begins_at), self._course.ends_at)

    def play_or_pause(self) -> None:
        """Play or pause; where there is nothing more to play, begin anew."""
        self.playing = not self.playing
        if self.playing and self.at_end:
            self.go(self._course.begins_at if self.direction > 0 else self._course.ends_at)

    def reverse(self) -> None:
        """Play the other way."""
        self.direction = -self.direction
        self.playing = not self.at_end

    def change_speed(self, by: int) -> None:
        """Take the next faster or slower speed."""
        place = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]

    def advance(self, passed_s: float) -> bool:
        """Let time pass; says whether the playhead moved."""
        if not self.playing:
            return False
        before = self.at
        self.go(self.at + self.direction * self.speed * passed_s)
        if self.skips_quiet:
            self._skip()
        self.playing = not self.at_end
        return self.at != before

    def _skip(self) -> None:
        """Jump over what is quiet to shortly before what comes next."""
        after = bisect_right(self._events, self.at)
        before = bisect_left(self._events, self.at) - 1
        next_at = self._events[after] if after < len(self._events) else self._course.ends_at
        last_at = self._events[before] if before >= 0 else self._course.begins_at
        near, far = (last_at, next_at) if self.direction > 0 else (next_at, last_at)
        if abs(self.at - near) > LEAD_S and abs(far - self.at) > QUIET_S:
            self.go(far - self.direction * LEAD_S)
