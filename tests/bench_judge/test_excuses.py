"""Worlds with an excuse for the canary are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench_judge.excuses import AFTER_UNSEEN, BLIPS, NOISY_NEIGHBOUR, TAIL
from tests.bench_judge.releases import WARM_UP_TICKS, Releases, simulate
from tests.bench_judge.worlds import TICK_S, Case, World


def _some(world: World) -> Releases:
    return simulate(Case(world=world, rps=5000.0), count=10, rng=np.random.default_rng(5))


def test_one_pod_of_stable_s_is_odd_in_the_hour_before() -> None:
    past = _some(NOISY_NEIGHBOUR).history
    rates = past.errors.sum(axis=(0, 1)) / past.requests.sum(axis=(0, 1))
    assert rates[0] / rates[1:].mean() == pytest.approx(5.0, rel=0.05)


def test_the_outage_lasts_longer_in_the_canary() -> None:
    releases = _some(TAIL)
    for release, tick in enumerate(releases.outage_tick):
        behind = slice(WARM_UP_TICKS + tick + 180 // TICK_S, WARM_UP_TICKS + tick + 225 // TICK_S)
        stable, canary = (
            seen.errors[release, behind].sum() / seen.requests[release, behind].sum()
            for seen in (releases.stable, releases.canary)
        )
        assert stable < 0.05
        assert canary > 0.4


def test_the_canary_is_not_scraped_while_the_outage_lasts() -> None:
    away = ~_some(AFTER_UNSEEN).reachable[:, WARM_UP_TICKS:]
    assert (away.sum(axis=1) == 180 // TICK_S).all()
    assert away[:, 600 // TICK_S].all()


def test_the_canary_fails_as_a_stage_starts() -> None:
    errors = _some(BLIPS).canary.errors[:, WARM_UP_TICKS + 600 // TICK_S :]
    assert errors[:, 0].sum() > 20 * errors[:, 1].sum()
