"""The tables that the benchmark prints: what was rolled back without reason, what was found, and the bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from tests.bench_judge.bar import Bar, quantile_s
from tests.bench_judge.bars import damage_sum
from tests.bench_judge.defects import defects
from tests.bench_judge.study import OURS, RIVALS, Outcome, Study
from tests.bench_judge.thresholds import NEVER
from tests.bench_judge.unseen import further, lasting, unseen
from tests.bench_judge.worlds import (
    COLD,
    GAP,
    HARMLESS,
    IID,
    MILD,
    OUTAGE,
    POD_NOISE,
    RATES,
    SKEWED_OUTAGE,
    STICKY,
    at_tolerance,
    healthy,
)

_POLICIES = (*(rule.name for rule in RIVALS), OURS)
_COLUMNS = (
    "worst",
    "mean",
    "cases > 1 %",
    "calm",
    "low traffic",
    "shared outage",
    "sticky/pods/harmless",
    "gap/cold",
)
_LARGE_ERRORS = 0.01
_FEW = 0.01
_MANY = 6


def false_rollbacks(study: Study) -> str:
    """Show how many percent of healthy releases each policy rolled back."""
    outcomes = [study.outcomes[case.name] for case in healthy() if case.name in study.outcomes]
    counts = {policy: [each.rollbacks(policy) for each in outcomes] for policy in _POLICIES}
    counts["(pithead pauses)"] = [int((each.pauses < NEVER).sum()) for each in outcomes]
    rows = [_healthy_row(policy, outcomes, hits) for policy, hits in counts.items()] if outcomes else []
    return _table(
        f"Healthy releases rolled back, percent ({len(outcomes)} cases)", ("policy", *_COLUMNS), rows
    )


def at_the_tolerance(study: Study) -> str:
    """Show what becomes of canaries that are exactly as much worse as is tolerated."""
    cases = [study.outcomes[case.name] for case in at_tolerance() if case.name in study.outcomes]
    rows = [(f"{each.case.rps:g}", f"{100 * each.rollbacks(OURS) / each.count:.1f}") for each in cases]
    return _table("Canaries at the tolerance itself rolled back", ("rps", "percent"), rows)


def in_unseen_worlds(study: Study) -> str:
    """Show each world that the judge was not tuned on: rolled back at each rate, and paused at the most."""
    cases = [case for case in (*unseen(), *further(), *lasting()) if case.name in study.outcomes]
    rows = [
        (world, *_unseen_row([study.outcomes[case.name] for case in group]))
        for world, group in groupby(cases, key=lambda case: case.world.name)
    ]
    head = ("world", "rps", "rolled back at each", "paused, at most")
    return _table("Worlds that nothing was tuned on, healthy releases, percent", head, rows)


def _unseen_row(outcomes: Sequence[Outcome]) -> tuple[str, str, str]:
    return (
        "/".join(f"{each.case.rps:g}" for each in outcomes),
        "/".join(f"{100 * each.rollbacks(OURS) / each.count:.2f}" for each in outcomes),
        f"{max(100 * float((each.pauses < NEVER).mean()) for each in outcomes):.0f}",
    )


def found(study: Study, rps: float) -> str:
    """Show how soon each policy found each defect, and how many bad responses it took."""
    names = [case.name for case in defects(rps)]
    outcomes = [study.outcomes[name] for name in names if name in study.outcomes]
    rows = [(outcome.case.title, *(_detected(outcome, policy) for policy in _SHOWN)) for outcome in outcomes]
    if outcomes:
        sums = [f"{damage_sum(outcomes, policy):,.0f}" for policy in _SHOWN]
        rows.append(("sum of bad responses", *sums))
    title = f"Damage at {rps:g} rps: found %, median/p90 seconds, bad responses"
    return _table(title, ("defect", *_SHOWN), rows)


_SHOWN = tuple(
    name
    for name in _POLICIES
    if name in {"Flagger 5 x 60 s", "Argo 0.99, limit 3", "Seed rules, for 10 m", "Kayenta 5 m", OURS}
)


def bars(measured: Sequence[Bar]) -> str:
    """Show each bar; where many cases make one, how many there are, the closest, and all that are missed."""
    rows: list[tuple[str, ...]] = []
    for (name, goal), group in groupby(measured, key=lambda bar: (bar.name, bar.goal)):
        cases = sorted(group, key=lambda bar: bar.strain, reverse=True)
        if len(cases) > _MANY:
            met = sum(bar.met for bar in cases)
            rows.append(
                (name, f"each of {len(cases)} cases", goal, f"{met} met", _verdict(met == len(cases)))
            )
            cases = [replace(bar, what=f"  {bar.what}") for bar in cases[: max(1, len(cases) - met)]]
        rows += [(name, bar.what, bar.goal, bar.figure, _verdict(bar.met)) for bar in cases]
    return _table("Bars", ("bar", "what", "goal", "figure", ""), rows)


def _verdict(met: bool) -> str:  # noqa: FBT001 - its one caller reads well
    return "met" if met else "MISSED"


def everything(study: Study, measured: Sequence[Bar]) -> str:
    """Show all that was measured."""
    parts = [
        false_rollbacks(study),
        at_the_tolerance(study),
        in_unseen_worlds(study),
        *(found(study, rps) for rps in RATES),
        bars(measured),
    ]
    missed = [bar for bar in measured if not bar.met]
    parts.append(f"{len(measured) - len(missed)} of {len(measured)} met")
    return "\n".join(part for part in parts if part)


def _healthy_row(policy: str, outcomes: Sequence[Outcome], hits: Sequence[int]) -> tuple[str, ...]:
    shares = [number / each.count for number, each in zip(hits, outcomes, strict=True)]

    def mean(wanted: Callable[[Outcome], bool]) -> str:
        some = [100 * share for share, each in zip(shares, outcomes, strict=True) if wanted(each)]
        return f"{np.mean(some):.2f}" if some else "-"

    return (
        policy,
        f"{100 * max(shares):.2f}",
        mean(lambda _: True),
        f"{sum(share > _FEW for share in shares)}/{len(shares)}",
        mean(lambda each: each.case.world in {MILD, IID} and each.case.rps >= RATES[1] and _usual(each)),
        mean(lambda each: each.case.world in {MILD, IID} and each.case.rps == RATES[0] and _usual(each)),
        mean(lambda each: each.case.world in {OUTAGE, SKEWED_OUTAGE}),
        mean(lambda each: each.case.world in {STICKY, POD_NOISE, HARMLESS}),
        mean(lambda each: each.case.world in {GAP, COLD}),
    )


def _usual(outcome: Outcome) -> bool:
    return outcome.case.errors < _LARGE_ERRORS


def _detected(outcome: Outcome, policy: str) -> str:
    delays_s = outcome.delays_s(policy)
    share = f"{100 * np.isfinite(delays_s).mean():.0f}%"
    times = "/".join(_seconds(quantile_s(delays_s, part)) for part in (0.5, 0.9))
    return f"{share} {times} {outcome.damage[policy].mean():,.0f}"


def _seconds(delay_s: float) -> str:
    return f"{delay_s:.0f}" if np.isfinite(delay_s) else "never"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, *rows]
    if len(lines) == 1:
        return ""
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([title, "=" * len(title), *text, ""])
