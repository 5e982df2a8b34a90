"""Releases whose errors are of one class, judged as the product does it: from the mesh's labels to the keys.

The arrays of `ours` count errors. Here each scrape's labels are sorted into classes, made a sample, and
handed to the judge, so that a class that gets lost on the way is found late, or never.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from console.evidence import Look, Pods, Sample
from console.judge.keys.judge import take
from console.judge.terms import tick_of
from tests.bench_judge.classes import USUAL, Failure
from tests.bench_judge.one_release import begin_release, counts_of
from tests.bench_judge.releases import WARM_UP_TICKS, Counted, Floats, Releases, Seen
from tests.bench_judge.study import portions_of
from tests.bench_judge.thresholds import NEVER, delays_s
from tests.bench_judge.worlds import TICK_S, Case, canary_pods_at

SCRAPE_S = 15
_TICKS = SCRAPE_S // TICK_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The same releases twice: with errors of one class, and with 5xx in their place."""

    case: Case
    failure: Failure
    delays_s: Floats
    usual_s: Floats
    """Both from the damage's onset; infinite where it was never found, 0 or less where it was gone before."""

    @property
    def later(self) -> int:
        """Count the releases in which the class was found later than 5xx, or not at all.

        One that was rolled back for nothing before the damage began has none to find: K4 counts those.
        """
        met = (self.delays_s > 0) & (self.usual_s > 0)
        return int((self.delays_s > self.usual_s)[met].sum())

    @property
    def rolled_back(self) -> int:
        """Count the releases that were rolled back at all."""
        return int(np.isfinite(self.delays_s).sum())


def beside_5xx(case: Case, failures: tuple[Failure, ...], *, count: int, seed: int) -> Iterator[Beside]:
    """Judge `count` releases once for each class."""
    drawn = list(portions_of(case, count=count, seed=seed))
    usual_s = _delays_s(drawn, USUAL)
    for failure in failures:
        yield Beside(case=case, failure=failure, delays_s=_delays_s(drawn, failure), usual_s=usual_s)


def _delays_s(drawn: list[Releases], failure: Failure) -> Floats:
    onset_s = drawn[0].case.change.from_s
    stops = np.concatenate([stops_of(releases, failure) for releases in drawn])
    return delays_s(stops, onset_s=onset_s)


def stops_of(releases: Releases, failure: Failure) -> Counted:
    """Give the tick at whose end each release is rolled back."""
    releases = replace(releases, case=replace(releases.case, failure=failure.end))
    scraped = replace(releases, stable=_by_scrape(releases.stable), canary=_by_scrape(releases.canary))
    return np.asarray([_stop(scraped, release, failure) for release in range(len(releases.damage))])


def _stop(scraped: Releases, release: int, failure: Failure) -> int:
    scrapes = scraped.canary.requests.shape[1]
    state = begin_release(scraped, release, planned_blocks=scrapes, errors=failure.errors)
    for at in range(scrapes):
        at_s = float(SCRAPE_S * (at + 1))
        share = scraped.case.stages.weights[at * SCRAPE_S // scraped.case.stages.stage_s]
        pods = canary_pods_at(scraped.case.world, weight=share, at_s=at_s - SCRAPE_S)
        sample = _sample(scraped, (release, at), failure)
        ready = Pods(ready=scraped.case.world.stable_pods), Pods(ready=pods)
        state = take(state, tick_of(sample, at=at_s, weight=round(100 * share), pods=ready))
        if state.keys.agreeing >= state.settings.confirm_blocks:
            return (at + 1) * _TICKS - 1
    return NEVER


def _sample(scraped: Releases, where: tuple[int, int], failure: Failure) -> Sample:
    bounds_ms = scraped.case.world.bounds_ms
    stable, canary = (
        Look(counts=counts_of(seen, where, bounds_ms=bounds_ms, failure=failure.end, errors=failure.errors))
        for seen in (scraped.stable, scraped.canary)
    )
    return Sample(span_s=float(SCRAPE_S), bounds_ms=bounds_ms, stable=stable, canary=canary)


def _by_scrape(seen: Seen) -> Seen:
    """Add the ticks of the release up to scrapes."""
    return Seen(**{part.name: _added(getattr(seen, part.name)[:, WARM_UP_TICKS:]) for part in fields(seen)})


def _added(counts: Counted) -> Counted:
    count, ticks, *rest = counts.shape
    added: Counted = counts.reshape(count, ticks // _TICKS, _TICKS, *rest).sum(axis=2)
    return added
