"""One measured number, and the goal that it is held against."""

from __future__ import annotations

import os
import statistics
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Figure(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    what: str
    value: float
    unit: str
    below: float | None = None
    """The goal; None where the number only informs."""
    detail: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the goal is met."""
        if self.below is None:
            return ""
        return "met" if self.value < self.below else "MISSED"


def table(figures: Iterable[Figure]) -> str:
    """Spell out the figures, one a line."""
    rows = [("figure", "measured", "goal", "", "how"), *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(_line(row, widths) for row in rows)


def load_now() -> str:
    """Say how busy the machine is: a figure from a busy one is worth less."""
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def median(values: Sequence[float]) -> float:
    """Give the middle one."""
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: Sequence[float]) -> str:
    """Say median, p90 and the worst."""
    return f"median {median(values):.0f}, p90 {quantile(values, 0.9):.0f}, max {max(values):.0f}"


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    goal = "" if figure.below is None else f"< {figure.below:g} {figure.unit}"
    return figure.what, f"{figure.value:.4g} {figure.unit}", goal, figure.verdict, figure.detail


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    aligned = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
    return "  ".join((*aligned, row[-1])).rstrip()
