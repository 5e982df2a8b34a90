"""How many rows each part of the main screen gets: a pure function of the terminal's size."""

from __future__ import annotations

from typing import NamedTuple

FULL = (100, 34)
COMPACT = (80, 20)
MOST_GUARDS = 8
FEWEST_GUARDS = 4
MOST_VERDICT = 3
"""Rows of a sentence while the release goes on: longer are only those that quote what others say."""
MOST_END = 6
"""Rows of an end and its word: it says why and where users are, and nothing else is news any more."""
AIR = 2
"""Blank rows around an end where there is room."""
LOWEST_CHART, HIGHEST_CHART = 3, 9
SMALL_TABLE = 4


class Shape(NamedTuple):
    """Rows by part; a part of 0 rows is not there."""

    identity: int
    verdict: int
    timeline: int
    versions: int
    guards: int
    log: int
    message: int
    hints: int


def shape(width: int, height: int, *, guards: int, ended: bool, verdict: int = 2) -> Shape:
    """Divide a terminal of any size; a small one loses parts, never the verdict, which wants so many rows."""
    if width >= FULL[0] and height >= FULL[1]:
        return _full(height, guards=guards, ended=ended, wanted=verdict)
    if width >= COMPACT[0] and height >= COMPACT[1]:
        return _compact(height, guards=guards, ended=ended, wanted=verdict)
    return _small(height, ended=ended, wanted=verdict)


def opening(height: int) -> Shape:
    """Give the log all the room, where what comes up is told and no release is there yet."""
    return Shape(1, 2, 0, 0, 0, max(0, height - 5), 1, 1)


def versions_rows(chart: int, *, airy: bool) -> int:
    """Title, counts, two charts under a line of numbers each, the axis; with air, a blank row more."""
    return 5 + 2 * chart + airy


def chart_rows(versions: int) -> int:
    """Rows of one chart within `versions` rows: the reverse of `versions_rows`."""
    return (versions - 5) // 2


def _full(height: int, *, guards: int, ended: bool, wanted: int) -> Shape:
    least = versions_rows(LOWEST_CHART, airy=True)
    room = height - 1 - 4 - 2 - least
    air = AIR if ended else 0
    table = min(2 + min(MOST_GUARDS, max(1, guards)), room - 3 - air)
    verdict = min(_between(3, wanted, MOST_END) + air if ended else _lines(wanted), room - table)
    left = room - verdict - table
    chart = min(HIGHEST_CHART, max(LOWEST_CHART, (left + least - 6 - 7) // 2))
    versions = versions_rows(chart, airy=True)
    return Shape(1, verdict, 4, versions, table, left + least - versions, 1, 1)


def _compact(height: int, *, guards: int, ended: bool, wanted: int) -> Shape:
    least = versions_rows(2, airy=False)
    room = height - 1 - 1 - 2 - least
    table = min(1 + min(FEWEST_GUARDS, max(1, guards)), room - (3 if ended else 2))
    verdict = min(_between(3, wanted, MOST_END) if ended else _lines(wanted), room - table)
    left = room - verdict - table
    chart = min(LOWEST_CHART, max(2, (left + least - 5 - 4) // 2))
    versions = versions_rows(chart, airy=False)
    return Shape(1, verdict, 1, versions, table, max(0, left + least - versions), 1, 1)


def _lines(wanted: int) -> int:
    return _between(2, wanted, MOST_VERDICT)


def _small(height: int, *, ended: bool, wanted: int) -> Shape:
    """Serve the verdict, the table of four lines and the hints first; the rest gets what is left."""
    verdict = _between(4, wanted, MOST_END) if ended and height > COMPACT[1] // 2 + 2 else 3
    left = max(0, height - verdict - SMALL_TABLE - 1)
    identity, left = _take(left, 1)
    message, left = _take(left, 1)
    timeline, left = _take(left, 1)
    guards, left = _take(left, 1 + FEWEST_GUARDS)
    return Shape(identity, verdict, timeline, SMALL_TABLE, guards if guards > 1 else 0, left, message, 1)


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def _take(left: int, wanted: int) -> tuple[int, int]:
    taken = min(left, wanted)
    return taken, left - taken
