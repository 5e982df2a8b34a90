"""The ledger: every answer that the lab's users got, and what it proves about the split.

It is the data plane's own word on where requests went, independent of the journal, of Prometheus and of
what the Kubernetes API was told.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from console.judge.chance import binomial_tail
from console.lab.faults import GRPC_UNAVAILABLE, UNANSWERED

HEADER = "at,version,status,ms\n"
EDGE_S = 0.3
"""Requests sent this close to a change of weights prove nothing about either weight: machines are busy."""
LEAST_CHANCE = 1e-6
"""A split as far off as this comes by chance once in a million spans: not an accident."""

_SERVER_ERROR = 500
_NO_GOOD = (0, GRPC_UNAVAILABLE, UNANSWERED)


class Response(Struct, frozen=True, kw_only=True):
    """One answer."""

    at: float
    """When it was complete, epoch seconds."""
    version: str
    """Where Envoy sent the request; empty where it did not get that far."""
    status: int
    """0 where the connection was lost."""
    ms: float

    @property
    def sent_at(self) -> float:
        """When the request was sent: the weights of that moment decided."""
        return self.at - self.ms / 1000

    @property
    def failed(self) -> bool:
        """Whether the user saw a failure of the service."""
        return self.status in _NO_GOOD or self.status >= _SERVER_ERROR


class SplitRow(Struct, frozen=True, kw_only=True):
    """One span of time at one weight: what was asked for, and what Envoy served."""

    since: float
    until: float
    weight: int
    """Percent asked for."""
    requests: int
    canary: int
    chance: float
    """How likely a split at least this far off is, if the weight was in force."""

    @property
    def served(self) -> float | None:
        """Percent of requests that the canary was sent; None where there were none."""
        return 100 * self.canary / self.requests if self.requests else None

    @property
    def agrees(self) -> bool:
        """Whether the split can be this weight's."""
        return self.chance >= LEAST_CHANCE


def ledger_line(*, at: float, version: str, status: int, ms: float) -> str:
    """Spell out one answer as the ledger's line."""
    return f"{at:.6f},{version},{status},{ms:.3f}\n"


def read_ledger(path: Path) -> tuple[Response, ...]:
    """Read all whole lines; the last one may be half written."""
    whole, _, _ = path.read_text().rpartition("\n")
    return tuple(
        Response(at=float(row["at"]), version=row["version"], status=int(row["status"]), ms=float(row["ms"]))
        for row in csv.DictReader(whole.splitlines())
    )


def served_between(
    ledger: Iterable[Response], *, since: float, until: float, version: str | None = None
) -> tuple[Response, ...]:
    """Pick the answers to requests that were sent in a span of time, of one version or of both."""
    return tuple(
        response
        for response in ledger
        if since <= response.sent_at < until and version in (None, response.version)
    )


def last_response_of(ledger: Iterable[Response], *, version: str, after: float) -> Response | None:
    """Find the latest answer of a version that was completed after a moment."""
    late = (response for response in ledger if response.version == version and response.at > after)
    return max(late, key=lambda response: response.at, default=None)


def split_check(
    ledger: Sequence[Response], weights: Sequence[tuple[float, int]], *, canary: str, until: float
) -> tuple[SplitRow, ...]:
    """Compare the split that was served with the weights asked, span by span.

    `weights` are (epoch seconds, percent to the canary) in order of time; the last one holds to `until`.
    Spans that are shorter than their two edges are left out.
    """
    spans = pairwise([*weights, (until, 0)])
    return tuple(
        _split_row(ledger, since=at + EDGE_S, until=end - EDGE_S, weight=weight, canary=canary)
        for (at, weight), (end, _) in spans
        if end - at > 2 * EDGE_S
    )


def _split_row(
    ledger: Sequence[Response], *, since: float, until: float, weight: int, canary: str
) -> SplitRow:
    routed = [response for response in served_between(ledger, since=since, until=until) if response.version]
    to_canary = sum(response.version == canary for response in routed)
    chance = binomial_chance(to_canary, trials=len(routed), ratio=weight / 100)
    return SplitRow(
        since=since, until=until, weight=weight, requests=len(routed), canary=to_canary, chance=chance
    )


def binomial_chance(hits: int, *, trials: int, ratio: float) -> float:
    """How likely a result at least this far from the expected one is, on the side where it lies, doubled."""
    if ratio in (0.0, 1.0):
        return 1.0 if hits == ratio * trials else 0.0
    if hits <= ratio * trials:
        hits, ratio = trials - hits, 1 - ratio
    return min(1.0, 2 * binomial_tail(hits, trials=trials, share=ratio))
