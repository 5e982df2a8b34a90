"""The bars that the judge is held to: each a function that asks the study for what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tests.bench_judge import cost, excuses, flat, gross, interval
from tests.bench_judge.bar import (
    Bar,
    as_soon,
    at_least_share,
    at_most,
    at_most_share,
    median_and_p90,
    no_more_often,
    quantile_s,
)
from tests.bench_judge.by_class import beside_5xx
from tests.bench_judge.classes import OTHERS, damages, failing, pairs, refusing
from tests.bench_judge.defects import BLIND_TO_ABSOLUTE_RULES, defects
from tests.bench_judge.releases import Floats
from tests.bench_judge.study import (
    BLOCKS,
    FLAGGER,
    KAYENTA,
    OURS,
    OURS_5S,
    WITHOUT_4XX,
    Outcome,
    Study,
    portions_of,
)
from tests.bench_judge.unseen import further, lasting, later, unseen
from tests.bench_judge.worlds import (
    MILD,
    OUTAGE,
    RATES,
    SKEWED_OUTAGE,
    TICK_S,
    Case,
    Change,
    at_tolerance,
    healthy,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many releases of each kind of case a measurement takes."""

    healthy: int
    further: int
    defect: int
    flat: int
    interval: int
    classes: int
    scraped: int


FULL = Size(healthy=2000, further=700, defect=500, flat=150, interval=400, classes=60, scraped=100)
SHORT = Size(healthy=40, further=20, defect=40, flat=20, interval=50, classes=2, scraped=4)

_DELAYS_S: dict[str, dict[float, dict[str, tuple[float, float]]]] = {
    "D1": {
        500: {
            "+50pp": (45, 60),
            "+5pp": (60, 75),
            "P99 +100 %": (120, 135),
            "tail 2 % at 2 s": (150, 210),
            "x5 of 0.2 %": (300, 600),
            "P99 +20 %": (390, 660),
            "+0.5pp": (600, 840),
            "late +5pp": (75, 75),
            "late +0.5pp": (120, 210),
        }
    },
    "D2": {
        5000: {
            "+0.5pp": (105, 180),
            "x5 of 0.2 %": (75, 105),
            "P99 +20 %": (135, 165),
            "x2 of 0.2 %": (720, 960),
        }
    },
    "D3": {
        50: {"+50pp": (60, 75), "+5pp": (200, 390), "P99 +100 %": (195, 270)},
        5: {"+50pp": (180, 330), "+5pp": (960, 1320)},
    },
}
_FLAWLESS_S: dict[tuple[float, float], tuple[float, float]] = {
    (50, 0): (750, 1050),
    (50, 1500): (240, 390),
    (500, 0): (150, 300),
    (500, 1500): (75, 105),
}
"""By the rate and the onset: the goals of the median and the 90th percentile."""
_FAST = {"+5pp": 30.0, "+50pp": 20.0}
_ABOVE_FLAGGER = 0.55


def false_rollbacks(study: Study, size: Size) -> Iterator[Bar]:
    """F1: healthy releases are left alone."""
    outcomes = [study.outcome(case, count=size.healthy, without_4xx=True) for case in healthy()]
    for case in at_tolerance() if size is FULL else ():  # no bar, but worth a table
        study.outcome(case, count=size.healthy, alone=True)
    yield from _each_at_most("F1", outcomes, limit=0.01)
    hits, count = sum(each.rollbacks(OURS) for each in outcomes), sum(each.count for each in outcomes)
    yield at_most_share("F1", f"mean of {len(outcomes)} healthy cases", hits=hits, count=count, limit=0.0015)
    yield _as_without_4xx("F1", outcomes)


def unseen_worlds(study: Study, size: Size) -> Iterator[Bar]:
    """F2: so are they in worlds that nothing was tuned on."""
    groups = (
        (unseen(), size.healthy, 0.01),
        (further(), size.further, 0.01),
        (later(), size.further, 0.01),
        (lasting(), size.healthy, 0.02),
    )
    for cases, count, limit in groups:
        outcomes = [study.outcome(case, count=count, alone=True, without_4xx=True) for case in cases]
        yield from _each_at_most("F2", outcomes, limit=limit)
        yield _as_without_4xx("F2", outcomes)


def shared_outages(study: Study, size: Size) -> Iterator[Bar]:
    """F3: an outage of both versions pauses, and is not blamed on the canary."""
    for case in (Case(world=world, rps=rps) for world in (OUTAGE, SKEWED_OUTAGE) for rps in RATES[1:]):
        outcome = study.outcome(case, count=size.healthy)
        hits = outcome.rollbacks(OURS)
        yield at_most_share("F3", f"rollback: {case.name}", hits=hits, count=outcome.count, limit=0.01)
        if case.rps >= RATES[2]:
            yield from _pauses(outcome)


def _pauses(outcome: Outcome) -> Iterator[Bar]:
    delays_s = outcome.pause_delays_s()
    paused = int(np.isfinite(delays_s).sum())
    name = outcome.case.name
    yield at_least_share("F3", f"pause: {name}", hits=paused, count=outcome.count, limit=0.99)
    yield at_most("F3", f"p90 to pause: {name}", quantile_s(delays_s, 0.9), 75, unit=" s")


def excused(study: Study, size: Size) -> Iterator[Bar]:
    """E1: damage is found whatever stable's pods do, and whatever outage was before it."""
    for case, goal_s in excuses.damaged().items():
        outcome = study.outcome(case, count=size.defect, alone=True)
        what = f"{case.title}, {case.world.name}, at {case.rps:g} rps"
        yield at_least_share("E1", what, hits=_found(outcome), count=outcome.count, limit=0.98)
        median_s = quantile_s(outcome.delays_s(OURS), 0.5)
        yield at_most("E1", f"{what}, median", median_s, goal_s, unit=" s")


def marked(study: Study, size: Size) -> Iterator[Bar]:
    """E2: what an outage's tail or a start leaves in the canary's counts is not held against it."""
    outcomes = [study.outcome(case, count=size.further, alone=True) for case in excuses.harmless()]
    yield from _each_at_most("E2", outcomes, limit=0.01)


def delays(name: str) -> Callable[[Study, Size], Iterator[Bar]]:
    """D1 to D3: how soon damage is found."""

    def bars(study: Study, size: Size) -> Iterator[Bar]:
        for rps, goals in _DELAYS_S[name].items():
            for outcome in _defects(study, size, rps):
                title = outcome.case.title
                if title in goals:
                    found = outcome.delays_s(OURS)
                    yield median_and_p90(name, f"{title} at {rps:g} rps", found, goals_s=goals[title])

    return bars


def flawless(study: Study, size: Size) -> Iterator[Bar]:
    """D5: how soon where stable has no errors at all, and so nothing to be a multiple of."""
    for (rps, from_s), goals_s in _FLAWLESS_S.items():
        title = f"+1pp of none, from {from_s / 60:g} min on"
        case = Case(title=title, rps=rps, errors=0.0, defect=Change(errors_plus=0.01, from_s=from_s))
        found = study.outcome(case, count=size.defect, alone=True).delays_s(OURS)
        yield median_and_p90("D5", f"{title} at {rps:g} rps", found, goals_s=goals_s)


def detection(study: Study, size: Size) -> Iterator[Bar]:
    """D4: that it is found at all."""
    for rps in RATES[2:]:
        for outcome in _defects(study, size, rps):
            what = f"{outcome.case.title} at {rps:g} rps"
            yield at_least_share("D4", what, hits=_found(outcome), count=outcome.count, limit=0.98)
    outcomes = _defects(study, size, 50)
    hits, count = sum(map(_found, outcomes)), sum(each.count for each in outcomes)
    yield at_least_share("D4", "mean of the defects at 50 rps", hits=hits, count=count, limit=0.85)


def damage_by(name: str, rival: str, limits: dict[float, float]) -> Callable[[Study, Size], Iterator[Bar]]:
    """B1, B2: bad responses until the rollback, summed over the defects, against a rival's."""

    def bars(study: Study, size: Size) -> Iterator[Bar]:
        for rps, limit in limits.items():
            outcomes = _defects(study, size, rps)
            part = damage_sum(outcomes, OURS) / damage_sum(outcomes, rival)
            yield at_most(
                name, f"bad responses, part of {rival}'s, at {rps:g} rps", 100 * part, limit, unit=" %"
            )

    return bars


def no_defect_worse(study: Study, size: Size) -> Iterator[Bar]:
    """B3: no single defect does much more than under Flagger."""
    for outcome in _defects(study, size, 500):
        if outcome.case.title != BLIND_TO_ABSOLUTE_RULES:
            part = float(outcome.damage[OURS].mean() / outcome.damage[FLAGGER.name].mean())
            yield at_most("B3", f"{outcome.case.title}, part of Flagger's, at 500 rps", part, _ABOVE_FLAGGER)


def fast_scrapes(study: Study, size: Size) -> Iterator[Bar]:
    """S1: with scrapes, and so blocks, of five seconds."""
    outcomes = _defects(study, size, 500)
    for outcome in outcomes:
        goal_s = _FAST.get(outcome.case.title)
        if goal_s:
            median_s = quantile_s(outcome.delays_s(OURS_5S), 0.5)
            yield at_most("S1", f"{outcome.case.title}, median", median_s, goal_s, unit=" s")
    part = damage_sum(outcomes, OURS_5S) / damage_sum(outcomes, FLAGGER.name)
    yield at_most("S1", "bad responses, part of Flagger's, at 500 rps", 100 * part, 4, unit=" %")


def horizons(study: Study, size: Size) -> Iterator[Bar]:
    """H1: the predicted horizon is the median delay."""
    measured = [flat.measure(case, count=size.flat, seeds=study.seeds) for case in flat.CASES]
    resolved = [each for each in measured if each.resolved]
    close = sum(each.close for each in resolved)
    yield Bar(
        name="H1",
        what="flat cases whose median delay is the horizon, to 20 % + 45 s",
        goal=">= 22 of 25",
        figure=f"{close} of {len(resolved)}",
        met=close * 25 >= 22 * len(resolved),
        broken=close * 25 < 19 * len(resolved),
    )


def intervals(study: Study, size: Size) -> Iterator[Bar]:
    """C1: the 95 % interval seldom misses the truth, at any time of a release."""
    for uplift in (0.0, 0.005, 0.05):
        for rps in RATES:
            title = f"interval +{100 * uplift:g}pp"
            case = Case(title=title, world=MILD, rps=rps, defect=Change(errors_plus=uplift))
            parts = (
                part for seed in study.seeds for part in portions_of(case, count=size.interval, seed=seed)
            )
            missed = np.concatenate([interval.ever_missed(part, uplift=uplift) for part in parts])
            hits = int(missed.sum())
            yield at_most_share("C1", f"{title} at {rps:g} rps", hits=hits, count=missed.size, limit=0.05)


def costs(study: Study, _size: Size) -> Iterator[Bar]:
    """P1: what a tick costs, and that what the judge keeps does not grow."""
    measured = cost.measure(seed=study.seeds[0])
    yield at_most("P1", "a tick of five channels and two limits", measured.tick_us, 150, unit=" us", slack=1)
    yield at_most("P1", "the state after 24 h, by that after 1 h", measured.growth, 1.05)


def classes(study: Study, size: Size) -> Iterator[Bar]:
    """K1: much of a class on both versions is left alone, and no more often than by a judge without 4xx."""
    refused, failed = (
        [study.outcome(case, count=size.further, alone=True, without_4xx=True) for case in cases]
        for cases in (refusing(), failing())
    )
    yield from _each_at_most("K1", [*refused, *failed], limit=0.01)
    usual = sum(each.rollbacks(WITHOUT_4XX) for each in failed)
    for what, outcomes in (("4xx", refused), ("failures", failed)):
        hits, count = sum(each.rollbacks(OURS) for each in outcomes), sum(each.count for each in outcomes)
        yield no_more_often("K1", f"a tenth {what} on both", hits=hits, usual=usual, count=count)


def classes_found(study: Study, size: Size) -> Iterator[Bar]:
    """K2: 4xx beside a service's own errors are found as fast as as many 5xx."""
    for rps in RATES[1:3]:
        for cases in pairs(rps):
            usual_s, now_s = (
                _until_the_end(study.outcome(case, count=size.healthy, alone=True)) for case in cases
            )
            what = f"{cases[1].title} at {rps:g} rps, after those of 5xx in {usual_s.mean():.0f} s"
            yield as_soon("K2", what, now_s, usual_s)


def classes_on_their_way(study: Study, size: Size) -> Iterator[Bar]:
    """K3: from labels to the keys each class is found in the very block in which 5xx would have been."""
    for rps in RATES[1:3]:
        for case in damages(rps):
            for beside in beside_5xx(case, OTHERS, count=size.classes, seed=study.seeds[0]):
                median_s = quantile_s(beside.delays_s, 0.5)
                what = f"{beside.failure.name}, {case.title} at {rps:g} rps: {median_s:.0f} s, later"
                count = beside.delays_s.size
                yield at_most_share("K3", what, hits=beside.later, count=count, limit=0.0)


def classes_left_alone(study: Study, size: Size) -> Iterator[Bar]:
    """K4: from labels to the keys much of a class on both versions is left alone."""
    for case in failing():
        for beside in beside_5xx(case, OTHERS, count=size.classes, seed=study.seeds[0]):
            what = f"{beside.failure.name}, {case.name}"
            yield at_most_share("K4", what, hits=beside.rolled_back, count=beside.delays_s.size, limit=0.01)


def gross_left_alone(study: Study, size: Size) -> Iterator[Bar]:
    """G1: what looks like gross damage for some seconds is not taken for it."""
    hits = count = 0
    for world in gross.lookalikes():
        for seed in study.seeds:
            outcome = gross.found(world, count=size.scraped, seed=seed)
            hits, count = hits + outcome.gross, count + size.scraped
            yield at_most_share("G1", world.name, hits=outcome.gross, count=size.scraped, limit=0.01)
    yield at_most_share("G1", "mean of all", hits=hits, count=count, limit=0.001)


def gross_found(study: Study, size: Size) -> Iterator[Bar]:
    """G2: from gross damage to the decision it takes about a scrape and a half."""
    for world in gross.damages():
        delays_s = gross.found(world, count=size.scraped, seed=study.seeds[0]).delays_s
        for name, share, scrapes in (("median", 0.5, 1.5), ("95 %", 0.95, 2.5)):
            figure_s = quantile_s(delays_s, share)
            yield at_most("G2", f"{world.name}, {name}", figure_s, scrapes * world.scrape_s + 2, unit=" s")


def _until_the_end(outcome: Outcome) -> Floats:
    """Give each delay; what was never found was there until the release's end."""
    stages, from_s = outcome.case.stages, outcome.case.change.from_s
    return np.minimum(outcome.delays_s(OURS), stages.judged_ticks * TICK_S - from_s)


BARS: dict[str, Callable[[Study, Size], Iterable[Bar]]] = {
    "F1": false_rollbacks,
    "F2": unseen_worlds,
    "F3": shared_outages,
    "E1": excused,
    "E2": marked,
    "D1": delays("D1"),
    "D2": delays("D2"),
    "D3": delays("D3"),
    "D4": detection,
    "D5": flawless,
    "B1": damage_by("B1", FLAGGER.name, {50: 40, 500: 7, 5000: 5}),
    "B2": damage_by("B2", KAYENTA.name, {50: 45, 500: 30, 5000: 25}),
    "B3": no_defect_worse,
    "S1": fast_scrapes,
    "H1": horizons,
    "C1": intervals,
    "P1": costs,
    "K1": classes,
    "K2": classes_found,
    "K3": classes_on_their_way,
    "K4": classes_left_alone,
    "G1": gross_left_alone,
    "G2": gross_found,
}


def damage_sum(outcomes: Iterable[Outcome], policy: str) -> float:
    """Add up the mean damage of all defects."""
    return float(sum(outcome.damage[policy].mean() for outcome in outcomes))


def _defects(study: Study, size: Size, rps: float) -> list[Outcome]:
    lengths_s = {OURS: 15, OURS_5S: 5} if rps == RATES[2] else BLOCKS
    return [study.outcome(case, count=size.defect, ours_s=lengths_s) for case in defects(rps)]


def _found(outcome: Outcome) -> int:
    return int(np.isfinite(outcome.delays_s(OURS)).sum())


def _as_without_4xx(name: str, outcomes: list[Outcome]) -> Bar:
    hits, usual = (sum(each.rollbacks(policy) for each in outcomes) for policy in (OURS, WITHOUT_4XX))
    count = sum(each.count for each in outcomes)
    return no_more_often(name, f"all of {len(outcomes)} cases", hits=hits, usual=usual, count=count)


def _each_at_most(name: str, outcomes: Iterable[Outcome], *, limit: float) -> Iterator[Bar]:
    for outcome in outcomes:
        hits = outcome.rollbacks(OURS)
        yield at_most_share(name, outcome.case.name, hits=hits, count=outcome.count, limit=limit)
