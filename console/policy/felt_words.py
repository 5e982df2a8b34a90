"""What users feel now, in words: how many of their requests fail on either version."""

from __future__ import annotations

from console.evidence import Counts
from console.plan.model import Metric
from console.plan.units import words_duration, words_percent
from console.policy.error_words import ErrorClass, class_of, met_in_words
from console.release.felt import Felt, failure_rate, felt, limit_of
from console.release.state import Release

_NAMED = (ErrorClass.NO_ANSWER, ErrorClass.GRPC)
"""These are named: what a user calls a failure at once needs no name."""


def felt_in_words(release: Release, *, limit: bool = False) -> str:
    """Say how many requests fail on the canary, and beside it on stable; on demand with the limit."""
    now = felt(release)
    return " ".join(part for part in (_both(release, now), _limit(release) if limit else "") if part)


def both_suffer_in_words(release: Release) -> str:
    """Say that both versions fail requests alike: the one fact that says that it is not this release."""
    now = felt(release)
    stable, canary = release.plan.stable.name, release.plan.canary.name
    rates = failure_rate(now.stable), failure_rate(now.canary)
    # One of them had no request within the window: then there is no rate to say.
    if None in rates:
        return f"both {stable} and {canary} suffer"
    return f"both suffer: {stable} fails {_rate(rates[0])} of requests, {canary} {_rate(rates[1])}"


def canary_in_words(release: Release, now: Felt) -> str:
    """Say how many of the canary's requests fail, and how; empty where it had none."""
    name, rate = release.plan.canary.name, failure_rate(now.canary)
    if now.canary is None or rate is None:
        return ""
    what = class_of(now.canary, now.stable or Counts())
    return met_in_words(name, what, rate) if what in _NAMED else f"{name} fails {_rate(rate)} of requests"


def _both(release: Release, now: Felt) -> str:
    plan = release.plan
    canary = canary_in_words(release, now)
    if not canary:
        return f"{plan.canary.name} had no requests in the last {words_duration(now.window_s)}"
    beside = failure_rate(now.stable)
    return canary if beside is None else f"{canary}, {plan.stable.name} {_rate(beside)}"


def _limit(release: Release) -> str:
    limit = limit_of(release, Metric.ERROR_RATE)
    return "" if limit is None else f"(limit {words_percent(limit)})"


def _rate(rate: float | None) -> str:
    return "-" if rate is None else words_percent(rate, digits=2)
