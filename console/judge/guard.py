"""One guard, one look: limits and comparisons, and how long a breach has lasted."""

from __future__ import annotations

from collections.abc import Sequence

from console.evidence import Sample
from console.judge.chance import chance_of_split
from console.judge.reading import Reading, Verdict
from console.judge.tally import Tally
from console.judge.value import Restarts, Values, bad_requests, is_traffic, values_of
from console.plan.model import Guard, Rule

BREACH_P = 1e-6
"""A p-value: a comparison is breached only by a difference that equal versions show less often than this. A
guard is read every few seconds for hours, so that 1% would come many times by chance."""

JITTER_S = 0.1
"""Looks are not taken on the dot: a `for` that lacks less than this would otherwise cost a whole tick."""


def read_guard(
    guard: Guard,
    *,
    samples: Sequence[Sample],
    tally: Tally,
    restarts: Restarts,
    before: Reading | None,
    at: float,
    gap_s: float,
) -> Reading:
    """Read `guard` over `samples` and their `tally`.

    `before` is its reading at the look before, `gap_s` the time since that look. A breach grows only
    between two looks that both saw it: a gap neither resets nor fulfils a `for`.
    """
    values = values_of(guard.metric, tally=tally, samples=samples, restarts=restarts)
    requests = _requests(guard, tally)
    verdict = _verdict(guard, values, requests)
    # Only a breach is asked whether chance may have made it. A limit of its own is not: who wrote `max: 1%`
    # wants it kept, by whatever requests there are (`min_requests` says from how many on).
    chance = _chance(guard, tally) if verdict is Verdict.BREACH else None
    if chance is not None and chance > BREACH_P:
        verdict = Verdict.INSUFFICIENT
    over_s = _over_s(verdict, before, gap_s)
    return Reading(
        guard=guard.name,
        verdict=verdict,
        canary=values.canary,
        stable=values.stable,
        requests=requests,
        chance=chance,
        over_s=over_s,
        ripe=verdict is Verdict.BREACH and over_s > guard.for_s - JITTER_S,
        since=before.since if before is not None and before.verdict is verdict else at,
    )


def _requests(guard: Guard, tally: Tally) -> float:
    canary = tally.canary.requests if tally.canary else 0.0
    if not guard.rule.compares:
        return canary
    # A comparison is as uncertain as the version that it knows less of.
    return min(canary, tally.stable.requests if tally.stable else 0.0)


def _verdict(guard: Guard, values: Values, requests: float) -> Verdict:
    if is_traffic(guard.metric) and requests < guard.min_requests:
        return Verdict.INSUFFICIENT
    if values.canary is None or (guard.rule.compares and values.stable is None):
        return Verdict.BLIND
    return Verdict.BREACH if _beyond(guard, values.canary, values.stable or 0.0) else Verdict.HEALTHY


def _beyond(guard: Guard, canary: float, stable: float) -> bool:
    match guard.rule:
        case Rule.MAX:
            return canary > guard.limit
        case Rule.MIN:
            return canary < guard.limit
        case Rule.MAX_RATIO:
            return canary > stable * guard.limit
        case Rule.MAX_INCREASE:
            return canary > stable + guard.limit


def _chance(guard: Guard, tally: Tally) -> float | None:
    """How likely the canary looks this bad though it is as good as stable; None for limits of its own."""
    bad = bad_requests(guard.metric, tally) if guard.rule.compares else None
    if bad is None or tally.stable is None or tally.canary is None:
        return None
    return chance_of_split(
        stable_bad=bad[0], stable=tally.stable.requests, canary_bad=bad[1], canary=tally.canary.requests
    )


def _over_s(verdict: Verdict, before: Reading | None, gap_s: float) -> float:
    if verdict is Verdict.HEALTHY or before is None:
        return 0.0
    # The time between two looks was seen to be bad only where it was bad at both ends.
    grew = verdict is Verdict.BREACH and before.verdict is Verdict.BREACH
    return before.over_s + gap_s if grew else before.over_s
