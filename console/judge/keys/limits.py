"""Hard limits: whether a version is beyond what none should exceed, also where the other one is too.

A limit only pauses. Both versions beyond it are a shared outage, where rolling back would not help, and
what was seen in one is no evidence to judge the canary by.
"""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.channels import Share, Split, usual_share
from console.judge.keys.evidence import Evidence, add_block, no_evidence
from console.judge.keys.settings import Settings

MAX_SHARE = 0.95
"""Share of bad requests, ratio, that a bet is laid on at most: on 1 it would lose all on one good request."""


class LimitEvidence(Struct, frozen=True, kw_only=True):
    """Evidence that a limit is exceeded."""

    canary: Evidence
    both: Evidence
    """Of all requests together."""
    stable: Evidence
    """Tells a shared outage from a canary that is bad enough for two."""


def no_breach(settings: Settings) -> LimitEvidence:
    """Begin with nothing laid out."""
    nothing = no_evidence(settings.grid)
    return LimitEvidence(canary=nothing, both=nothing, stable=nothing)


def limit_ratio(configured: float, *, past: Share) -> float:
    """Return the limit that holds: what is configured, or twice what stable is used to."""
    # A limit below what stable does on a usual day would pause every release; who wants stable itself to be
    # held to its objective has alerts for that.
    known = past.total > 0
    return min(max(configured, 2 * usual_share(past) if known else 0.0), 0.5)


def add_to_limit(
    evidence: LimitEvidence, split: Split, *, settings: Settings, limit: float, burst: float, fresh: float
) -> LimitEvidence:
    """Hold one block's requests against the limit."""

    def add(before: Evidence, share: Share) -> Evidence:
        gains = log_gains_beyond(share, limit=limit, grid=settings.grid, burst=burst, cap=settings.cap)
        return add_block(before, gains=gains, fresh=fresh)

    return LimitEvidence(
        canary=add(evidence.canary, Share(total=split.canary, bad=split.canary_bad)),
        stable=add(evidence.stable, Share(total=split.stable, bad=split.stable_bad)),
        both=add(
            evidence.both,
            Share(total=split.canary + split.stable, bad=split.canary_bad + split.stable_bad),
        ),
    )


def log_gains_beyond(
    share: Share, *, limit: float, grid: tuple[float, ...], burst: float, cap: float
) -> tuple[float, ...]:
    """Return the log gains of bets on "bad is `k` times the limit" against "bad is at most the limit"."""
    good = max(0.0, share.total - share.bad)
    most = math.log(cap)
    gains = []
    for k in grid:
        # Here nothing is compared: each request is good or bad by itself, and the bet is a likelihood ratio
        # of two shares. It is fair at the limit and loses below it.
        bet = max(min(k * limit, MAX_SHARE), limit)
        gain = share.bad * math.log(bet / limit) + good * (math.log1p(-bet) - math.log1p(-limit))
        gains.append(min(gain / burst, most))
    return tuple(gains)
