"""How many rows each part of the main screen gets: a pure function of the terminal's size."""

from __future__ import annotations

from typing import NamedTuple

FULL = (100, 34)
COMPACT = (80, 20)
MOST_GUARDS = 6
FEWEST_GUARDS = 3
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


def shape(width: int, height: int, *, guards: int, ended: bool) -> Shape:
    """Divide a terminal of any size; a small one loses parts, never the verdict."""
    if width >= FULL[0] and height >= FULL[1]:
        return _full(height, guards=guards, ended=ended)
    if width >= COMPACT[0] and height >= COMPACT[1]:
        return _compact(height, guards=guards, ended=ended)
    return _small(height, ended=ended)


def opening(height: int) -> Shape:
    """Give the log all the room, where what comes up is told and no release is there yet."""
    return Shape(1, 2, 0, 0, 0, max(0, height - 5), 1, 1)


def versions_rows(chart: int, *, airy: bool) -> int:
    """Title, counts, two charts under a line of numbers each, the axis; with air, a blank row more."""
    return 5 + 2 * chart + airy


def chart_rows(versions: int) -> int:
    """Rows of one chart within `versions` rows: the reverse of `versions_rows`."""
    return (versions - 5) // 2


def _full(height: int, *, guards: int, ended: bool) -> Shape:
    verdict = 5 if ended else 2
    table = 2 + min(MOST_GUARDS, max(1, guards))
    left = height - 1 - verdict - 4 - table - 2
    chart = min(HIGHEST_CHART, max(LOWEST_CHART, (left - 6 - 7) // 2))
    versions = versions_rows(chart, airy=True)
    return Shape(1, verdict, 4, versions, table, max(0, left - versions), 1, 1)


def _compact(height: int, *, guards: int, ended: bool) -> Shape:
    verdict = 3 if ended else 2
    table = 1 + min(FEWEST_GUARDS, max(1, guards))
    left = height - 1 - verdict - 1 - table - 2
    chart = min(LOWEST_CHART, max(2, (left - 5 - 4) // 2))
    versions = versions_rows(chart, airy=False)
    return Shape(1, verdict, 1, versions, table, max(0, left - versions), 1, 1)


def _small(height: int, *, ended: bool) -> Shape:
    """Serve the verdict, the table of four lines and the hints first; the rest gets what is left."""
    verdict = 4 if ended and height > COMPACT[1] // 2 + 2 else 3
    left = max(0, height - verdict - SMALL_TABLE - 1)
    identity, left = _take(left, 1)
    message, left = _take(left, 1)
    timeline, left = _take(left, 1)
    guards, left = _take(left, 1 + FEWEST_GUARDS)
    return Shape(identity, verdict, timeline, SMALL_TABLE, guards if guards > 1 else 0, left, message, 1)


def _take(left: int, wanted: int) -> tuple[int, int]:
    taken = min(left, wanted)
    return taken, left - taken
