"""What a PromQL expression can be, and its labels; below `promql` and `promql_operators`."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypeAlias

from console.lab.series import Labels


class QueryError(Exception):
    """The query can't be answered: `bad_data` where it can't be read, `execution` where it can't be run."""

    def __init__(self, message: str, *, kind: str = "execution") -> None:
        super().__init__(message)
        self.kind = kind


class Element(NamedTuple):
    """One row of a vector."""

    labels: Labels
    value: float


Value: TypeAlias = float | list[Element]


def only(labels: Labels, names: tuple[str, ...]) -> Labels:
    """Keep the labels of these names."""
    return Labels(pair for pair in labels if pair[0] in names)


def without(labels: Labels, names: Collection[str]) -> Labels:
    """Drop the labels of these names."""
    return Labels(pair for pair in labels if pair[0] not in names)


def nameless(labels: Labels) -> Labels:
    """Drop the metric's name: what was calculated is no longer that metric."""
    return without(labels, ("__name__",))


def unknown(what: str) -> QueryError:
    """Make the error for what only the real program can do."""
    return QueryError(f"the built-in scraper does not know {what}; a real Prometheus does")
