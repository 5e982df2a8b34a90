"""One guard, one look: limits and comparisons, and how long a breach has lasted."""

from __future__ import annotations

from collections.abc import Sequence

from console.evidence import Sample
from console.judge.reading import Reading, Verdict
from console.judge.tally import Tally
from console.judge.value import Restarts, Values, is_traffic, values_of
from console.plan.model import Guard, Rule


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
    over_s = _over_s(verdict, before, gap_s)
    return Reading(
        guard=guard.name,
        verdict=verdict,
        canary=values.canary,
        stable=values.stable,
        requests=requests,
        over_s=over_s,
        ripe=verdict is Verdict.BREACH and over_s >= guard.for_s,
        since=before.since if before is not None and before.verdict is verdict else at,
    )


def _requests(guard: Guard, tally: Tally) -> float:
    canary = tally.canary.requests if tally.canary else 0.0
    if not guard.rule.compares:
        return canary
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


def _over_s(verdict: Verdict, before: Reading | None, gap_s: float) -> float:
    if verdict is Verdict.HEALTHY or before is None:
        return 0.0
    grew = verdict is Verdict.BREACH and before.verdict is Verdict.BREACH
    return before.over_s + gap_s if grew else before.over_s
