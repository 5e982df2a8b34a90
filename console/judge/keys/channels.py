"""What is counted: errors, requests slower than a few bucket edges, business events; and hard limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from console.evidence import Counts
from console.judge.tally import slower_than
from console.judge.total import total

EDGES = 4
"""Bucket edges that are judged, at most: more would share one budget and find each change later."""
USUAL_SHARE = 0.25
"""Share of stable's requests, ratio, that may exceed a judged edge: others say little of slowness."""


class Budget(NamedTuple):
    """How the error budget is shared out between kinds of channels; the parts add up to 1."""

    errors: float
    refused: float
    slow: float
    events: float = 0.0

    def without(self, *, latency: bool, events: bool) -> Budget:
        """Return the part of a kind that has no channel to the others."""
        slow, business = self.slow * latency, self.events * events
        whole = self.errors + self.refused + slow + business
        return Budget(self.errors / whole, self.refused / whole, slow / whole, business / whole)


# Evidence has to reach 100 / weight, and it grows exponentially: half the weight costs an eighth of the time.
# So what is refused weighs as much as what fails, and is found as soon; both are found hardly later than if
# half of all were for errors.
_PLAIN = Budget(errors=0.38, refused=0.38, slow=0.24)
_WITH_EVENTS = Budget(errors=0.3, refused=0.3, slow=0.16, events=0.24)


class Kind(StrEnum):
    """What is counted as bad."""

    ERRORS = "errors"
    REFUSED = "refused"
    """Answers that call it the caller's own fault: 4xx, and gRPC's statuses of that kind."""
    SLOW = "slow"
    """Requests slower than a bucket edge: "P99 grew" is "more than 1% exceed the old P99"."""
    EVENTS = "events"
    """Business events, which must not become rarer: the one kind that is good."""


class Channel(Struct, frozen=True, kw_only=True):
    """One thing that is counted in both versions."""

    name: str
    kind: Kind
    weight: float = 0.0
    """Its share of the error budget. At 0 it is counted but not judged: the bound below the lowest judged
    edge is there for the slope between the two."""
    edge_ms: float = 0.0
    """Slow is slower than this."""


class Limit(Struct, frozen=True, kw_only=True):
    """A hard limit: the share of bad requests that no version should exceed."""

    name: str
    kind: Kind
    ratio: float = 0.01
    edge_ms: float = 0.0
    """For `SLOW`: the latency limit itself, which need not be a bucket edge."""


class Channels(Struct, frozen=True, kw_only=True):
    """Everything that a judge counts."""

    judged: tuple[Channel, ...]
    """Slow ones in ascending order of their edges, next to each other."""
    limits: tuple[Limit, ...] = ()


class Share(Struct, frozen=True, kw_only=True):
    """Of how many requests how many were bad (for events: how many had one)."""

    total: float = 0.0
    bad: float = 0.0


def usual_share(past: Share) -> float:
    """Estimate the share of bad requests; never 0, and 1/2 where nothing is known."""
    return (past.bad + 0.5) / (past.total + 1)


class Split(Struct, frozen=True, kw_only=True):
    """One channel's counts of both versions, over the same time."""

    stable: float = 0.0
    """Requests."""
    stable_bad: float = 0.0
    canary: float = 0.0
    canary_bad: float = 0.0


def choose_channels(
    *,
    bounds_ms: Sequence[float],
    history: Counts,
    events: Sequence[str] = (),
    limits: tuple[Limit, ...] = (),
) -> Channels:
    """Choose what is judged from stable's `history`: the sum of its counts of the past hour.

    Latency is judged by the lowest four edges that at most a quarter of its requests exceed. Without a
    history nobody knows which these are, and latency is not judged. A group that has no channel leaves
    its share of the error budget to the others.
    """
    edges, below = _edges(bounds_ms, history)
    budget = budget_of(latency=bool(edges), events=bool(events))
    return Channels(
        judged=(
            Channel(name="errors", kind=Kind.ERRORS, weight=budget.errors),
            *(_slow(edge_ms, 0.0) for edge_ms in below),
            *(_slow(edge_ms, budget.slow / len(edges)) for edge_ms in edges),
            Channel(name="4xx", kind=Kind.REFUSED, weight=budget.refused),
            *(Channel(name=name, kind=Kind.EVENTS, weight=budget.events / len(events)) for name in events),
        ),
        limits=limits,
    )


def count(
    what: Sequence[Channel | Limit],
    counts: Counts,
    *,
    bounds_ms: Sequence[float],
    events: Mapping[str, float],
) -> tuple[Share, ...]:
    """Count what is bad in one version's `counts`; without latency buckets nothing was slow, of nothing."""
    return tuple(_share(each, counts, bounds_ms, events) for each in what)


def _share(
    what: Channel | Limit, counts: Counts, bounds_ms: Sequence[float], events: Mapping[str, float]
) -> Share:
    match what.kind:
        case Kind.ERRORS:
            return Share(total=counts.requests, bad=counts.errors)
        case Kind.REFUSED:
            return Share(total=counts.requests, bad=counts.refused)
        case Kind.SLOW:
            return Share(total=total(counts.latency), bad=slower_than(counts, bounds_ms, what.edge_ms))
        case Kind.EVENTS:
            # A counter that one version does not show is not 0 of that version's requests: it compares
            # nothing.
            known = what.name in events
            return Share(total=counts.requests, bad=events[what.name]) if known else Share()


def _edges(bounds_ms: Sequence[float], history: Counts) -> tuple[Sequence[float], Sequence[float]]:
    """Return the edges to judge, and the bound below them, if there is one."""
    usual = USUAL_SHARE * total(history.latency)
    # An edge that half of the requests exceed moves with the load; one that few exceed is what users call
    # slow.
    first = next(
        (i for i, edge_ms in enumerate(bounds_ms) if slower_than(history, bounds_ms, edge_ms) <= usual),
        len(bounds_ms),
    )
    if usual <= 0:
        return (), ()
    return bounds_ms[first : first + EDGES], bounds_ms[max(0, first - 1) : first]


def _slow(edge_ms: float, weight: float) -> Channel:
    return Channel(name=f"slow>{edge_ms:g}ms", kind=Kind.SLOW, weight=weight, edge_ms=edge_ms)


def budget_of(*, latency: bool, events: bool) -> Budget:
    """Share the error budget out between what is judged."""
    return (_WITH_EVENTS if events else _PLAIN).without(latency=latency, events=events)
