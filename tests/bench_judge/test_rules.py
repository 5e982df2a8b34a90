"""The rules in use today decide as their code does, and see what PromQL would show them."""

from __future__ import annotations

import numpy as np
import pytest

from console.evidence import Counts
from console.judge.tally import quantile_ms
from tests.bench_judge.kayenta import classify_high, shift
from tests.bench_judge.releases import Flags, Floats
from tests.bench_judge.thresholds import NEVER, Argo, Flagger, Seed, delays_s
from tests.bench_judge.windows import Windows, quantile

_TICKS = 480
_FLAGGER = Flagger(name="", interval_s=60, threshold=5)
_ARGO = Argo(name="", success=0.99)


def _windows(errors: Floats, *, reachable: Flags | None = None) -> Windows:
    """See one release with these error rates of the canary, and a P99 that is the same in both."""
    same = np.full((1, _TICKS), 300.0)
    return Windows(
        stable_errors=np.full((1, _TICKS), 0.002),
        canary_errors=errors[None],
        stable_p99_ms=same,
        canary_p99_ms=same,
        reachable=np.ones((1, _TICKS), dtype=bool) if reachable is None else reachable[None],
    )


def _errors(rate: float, minutes: slice = slice(None)) -> Floats:
    course = np.full((_TICKS // 12, 12), 0.002)
    course[minutes] = rate
    return course.ravel()


def test_flagger_acts_one_run_after_its_last_failed_check() -> None:
    assert delays_s(_FLAGGER.decide(_windows(_errors(0.05)))) == [360]


def test_flagger_never_forgets_a_failed_check() -> None:
    every_seventh = _windows(_errors(0.05, slice(0, 35, 7)))
    assert delays_s(_FLAGGER.decide(every_seventh)) == [30 * 60]


def test_flagger_takes_no_traffic_for_a_failure() -> None:
    assert delays_s(_FLAGGER.decide(_windows(_errors(np.nan)))) == [360]


def test_argo_aborts_at_the_fourth_failure() -> None:
    assert delays_s(_ARGO.decide(_windows(_errors(0.05)))) == [240]
    assert _ARGO.decide(_windows(_errors(0.05, slice(0, 3)))) == [NEVER]


def test_argo_aborts_a_healthy_release_when_prometheus_is_away_for_a_minute() -> None:
    reachable = np.ones(_TICKS, dtype=bool)
    reachable[118:130] = False
    assert delays_s(_ARGO.decide(_windows(_errors(0.002), reachable=reachable))) == [600 + 40]


def test_a_rule_for_ten_minutes_takes_ten_minutes() -> None:
    rule = Seed(name="", limits=False)
    assert delays_s(rule.decide(_windows(_errors(0.005)))) == [600]
    assert rule.decide(_windows(_errors(0.005, slice(0, 9)))) == [NEVER]


@pytest.mark.parametrize("decimals", [4, 1])
def test_kayentas_interval_ends_where_mann_whitney_reaches_its_confidence(decimals: int) -> None:
    rng = np.random.default_rng(3)
    for size in (5, 10):
        canary, stable = rng.normal(0.4, 1, size).round(decimals), rng.normal(0, 1, size).round(decimals)
        lower, _ = shift(canary[None], stable[None])
        assert _z(canary, stable, lower[0] - 1e-7) >= 2.3263 >= _z(canary, stable, lower[0] + 1e-7)


def _z(canary: Floats, stable: Floats, moved: float) -> float:
    """Kayenta's statistic, as its Scala code writes it."""
    from scipy.stats import rankdata  # noqa: PLC0415 - takes a second to import

    ranks = rankdata(np.concatenate([canary - moved, stable]))
    m, n = canary.size, stable.size
    w = ranks[:m].sum() - m * (m + 1) / 2 - m * n / 2
    ties = np.unique(ranks, return_counts=True)[1]
    spread = (m + n + 1) - (ties**3 - ties).sum() / ((m + n) * (m + n - 1))
    return float((w - 0.5 * np.sign(w)) / np.sqrt(m * n / 12 * spread))


def test_kayenta_passes_what_is_the_same_and_fails_what_is_clearly_higher() -> None:
    low = np.asarray([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert classify_high(low + 10, low).tolist() == [True]
    assert classify_high(low, low).tolist() == [False]
    assert classify_high(low, low + 10).tolist() == [False]
    assert classify_high(np.full((1, 5), np.nan), low).tolist() == [False]


def test_quantiles_are_those_of_the_console() -> None:
    rng = np.random.default_rng(4)
    bounds = (25.0, 50.0, 100.0, 250.0)
    inside = rng.integers(0, 30, (20, 5))
    slower = inside[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    ours = quantile(inside.sum(axis=1), slower, bounds, share=0.99)
    theirs = [quantile_ms(Counts(latency=tuple(map(float, row))), bounds, 0.99) for row in inside]
    assert ours.tolist() == pytest.approx(theirs)
