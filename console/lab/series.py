"""The built-in scraper's memory: the last minutes of every series."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import NamedTuple

KEEP_S = 660.0
"""Twice the five minutes that a query looks back, and a little more."""

Labels = frozenset[tuple[str, str]]


class Point(NamedTuple):
    """One sample."""

    at_s: float
    value: float | None
    """None marks the end of the series: it was not in the scrape, or the scrape failed."""


class SeriesStore:
    """Every series by its labels, `__name__` among them."""

    def __init__(self) -> None:
        self._by_name: defaultdict[str, dict[Labels, deque[Point]]] = defaultdict(dict)

    def append(self, labels: Labels, point: Point) -> None:
        """Add the newest sample of a series, and forget those that are too old."""
        points = self._by_name[dict(labels).get("__name__", "")].setdefault(labels, deque())
        points.append(point)
        while points[0].at_s < point.at_s - KEEP_S:
            points.popleft()

    def forget(self, *, before_s: float) -> None:
        """Drop the series that ended long ago: pods come and go."""
        for series in self._by_name.values():
            for labels in [each for each, points in series.items() if points[-1].at_s < before_s]:
                del series[labels]

    def named(self, name: str | None) -> Iterator[tuple[Labels, deque[Point]]]:
        """Give all series of a name; of all names where it is None."""
        names = list(self._by_name) if name is None else [name]
        for each in names:
            yield from self._by_name.get(each, {}).items()
