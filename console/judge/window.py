"""The evidence of the last seconds of a window, added up, sliding on from look to look. Pure.

Sums are only ever added to, never subtracted from: what leaves a window leaves no rounding error behind. So
the window is kept in two parts. The older one has a sum for each of its samples, over that sample and all
after it; the newer one has a single sum. When the older part has run out, both become a new older part: each
sample is added up twice in its life, however long the window is.
"""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from console.evidence import Sample
from console.judge.tally import Tally, plus, tally_of_one


class Seen(Struct, frozen=True, kw_only=True):
    """A sample and when it was taken."""

    at: float
    sample: Sample


class Since(Struct, frozen=True, kw_only=True):
    """What was seen from a time on, up to the end of the older part."""

    at: float
    tally: Tally


class Window(Struct, frozen=True, kw_only=True):
    """One stretch of time up to the last look."""

    window_s: float
    older: tuple[Since, ...] = ()
    newer: Tally = Tally()

    @property
    def tally(self) -> Tally:
        """All evidence within the window."""
        return plus(self.older[0].tally, self.newer) if self.older else self.newer


def after(recent: tuple[Seen, ...], at: float) -> tuple[Seen, ...]:
    """Return the samples that were taken after that time."""
    return recent[bisect_right(recent, at, key=_at) :]


def _at(seen: Seen | Since) -> float:
    return seen.at


def slide(window: Window, recent: tuple[Seen, ...]) -> Window:
    """Move on to the last of the `recent` samples; they must reach back as far as the window does."""
    begin_at = recent[-1].at - window.window_s
    gone = bisect_right(window.older, begin_at, key=_at)
    # Both parts become a new older one. This is the only expensive step, and it comes once in a window's
    # length.
    if gone == len(window.older):
        return Window(window_s=window.window_s, older=_sums(after(recent, begin_at)))
    newer = plus(window.newer, tally_of_one(recent[-1].sample))
    return Window(window_s=window.window_s, older=window.older[gone:], newer=newer)


def parts_of(window: Window, recent: tuple[Seen, ...]) -> tuple[int, int]:
    """Count the samples in the older and in the newer part; the last of `recent` is the last looked at."""
    within = after(recent, recent[-1].at - window.window_s) if recent else ()
    return len(window.older), len(within) - len(window.older)


def window_of(recent: tuple[Seen, ...], *, window_s: float, older: int, newer: int) -> Window:
    """Make a window of `older` and `newer` samples, the last of `recent` being the last."""
    begin = len(recent) - newer
    added = Tally()
    for seen in recent[begin:]:
        added = plus(added, tally_of_one(seen.sample))
    return Window(window_s=window_s, older=_sums(recent[begin - older : begin]), newer=added)


def _sums(within: tuple[Seen, ...]) -> tuple[Since, ...]:
    sums: list[Since] = []
    tally = Tally()
    # From the end backwards: each sum is over its sample and all after it, so that dropping the oldest is
    # dropping one entry.
    for seen in reversed(within):
        tally = plus(tally_of_one(seen.sample), tally)
        sums.append(Since(at=seen.at, tally=tally))
    return tuple(reversed(sums))
