"""A told story, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.report.series import MOST_POINTS, Series, series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.release.events import Record


def drawn(records: Sequence[Record], *, most_points: int = MOST_POINTS) -> Series:
    return series_of(records, begin_at=records[0].at, end_at=records[-1].at, most_points=most_points)
