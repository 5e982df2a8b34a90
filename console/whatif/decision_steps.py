"""A journal cut into steps of decision: what the world did, and what was decided upon it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from console.release import events as ev
from console.release.about import By

_SAID = frozenset({By.POLICY, By.VERDICT})
"""Whose acts follow from what happened; all others are what the world and its people did."""


class DecisionStep(Struct, frozen=True, kw_only=True):
    """What happened at once, and the decisions that were written down before anything else happened."""

    happened: tuple[ev.Record, ...]
    decided: tuple[ev.Record, ...]


def decision_steps(records: Iterable[ev.Record]) -> Iterator[DecisionStep]:
    """Cut a journal where the worker asked its policy."""
    happened: list[ev.Record] = []
    decided: list[ev.Record] = []
    for record in records:
        if record.event.about.by in _SAID:
            decided.append(record)
            continue
        if happened and (decided or not _at_once(happened[-1].event, record.event)):
            yield DecisionStep(happened=tuple(happened), decided=tuple(decided))
            happened, decided = [], []
        happened.append(record)
    if happened:
        yield DecisionStep(happened=tuple(happened), decided=tuple(decided))


def _at_once(first: ev.AnyEvent, second: ev.AnyEvent) -> bool:
    """Whether a worker writes down both before it asks its policy."""
    read_back = isinstance(first, ev.WriteFailed) and isinstance(second, ev.RouterSeen)
    read_again = isinstance(first, ev.RouterReadAgain) and isinstance(second, ev.RouterSeen)
    begins = isinstance(first, ev.RouterFound | ev.RouterSeen | ev.Identified | ev.JudgeBegun)
    preflight = begins and isinstance(second, ev.Identified | ev.JudgeBegun | ev.PreflightDone)
    return read_back or read_again or preflight
