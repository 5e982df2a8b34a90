"""Simulated releases are what their case says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.bench_judge.releases import WARM_UP_TICKS, Releases, simulate
from tests.bench_judge.worlds import GAP, IID, SKEWED_OUTAGE, Case, Change, Outage


def _some(case: Case) -> Releases:
    return simulate(case, count=20, rng=np.random.default_rng(5))


def test_the_rates_are_those_of_the_case() -> None:
    releases = _some(Case(world=IID, errors=0.01, defect=Change(errors_plus=0.04)))
    for seen, rate in ((releases.stable, 0.01), (releases.canary, 0.05), (releases.history, 0.01)):
        assert seen.errors.sum() / seen.requests.sum() == pytest.approx(rate, rel=0.02)


def test_bursts_keep_the_rate_and_spread_more() -> None:
    single, bursty = (_some(Case(world=replace(IID, burst=burst), errors=0.01)).stable for burst in (1, 5))
    assert bursty.errors.sum() == pytest.approx(single.errors.sum(), rel=0.05)
    assert bursty.errors[:, :100].var() > 5 * single.errors[:, :100].var()


def test_the_damage_is_what_the_canary_breaks_beyond_stable() -> None:
    releases = _some(Case(world=IID, defect=Change(errors_plus=0.05, from_s=1200)))
    before, during = releases.damage[:, :240], releases.damage[:, 240:480]
    assert not before.any()
    requests = releases.canary.requests[:, WARM_UP_TICKS + 240 :]
    assert during.sum() == pytest.approx(0.05 * requests.sum(), rel=1e-9)


def test_a_skewed_outage_is_seen_in_the_canary_first() -> None:
    outage = replace(SKEWED_OUTAGE, outage=Outage(errors_plus=1.0), traffic_sd=0)
    releases = _some(Case(world=outage, rps=5000))
    for release, tick in enumerate(releases.outage_tick):
        at = WARM_UP_TICKS + tick
        assert releases.canary.errors[release, at] == releases.canary.requests[release, at]
        assert releases.stable.errors[release, at + 2] < releases.stable.requests[release, at + 2] / 2
        assert releases.stable.errors[release, at + 3] == releases.stable.requests[release, at + 3]


def test_prometheus_is_away_once_for_as_long_as_the_gap() -> None:
    away = ~_some(Case(world=GAP)).reachable
    assert (away.sum(axis=1) == GAP.gap_s // 5).all()
