from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.judge.kayenta import Judgement, Label, Samples, ScoreVerdict, classify, judge
from console.plan.canary_config import Direction, Measure, MetricConfig, Missing
from tests.sample import many

CONFIG = MetricConfig(name="errors", groups=("errors",))
STEADY = [10.0 + 0.1 * at for at in range(10)]
HIGHER = [15.0 + 0.1 * at for at in range(10)]


def label(canary: Samples, baseline: Samples, config: MetricConfig = CONFIG) -> Label:
    return classify(config, canary=canary, baseline=baseline).label


def changed(**settings: object) -> MetricConfig:
    return MetricConfig(**{"name": "errors", "groups": ("errors",), **settings})  # type: ignore[arg-type]  # as given


def test_a_clear_shift_is_high_or_low() -> None:
    assert label(HIGHER, STEADY) is Label.HIGH
    assert label(STEADY, HIGHER) is Label.LOW


def test_a_direction_that_is_not_bad_passes() -> None:
    assert label(HIGHER, STEADY, changed(direction=Direction.DECREASE)) is Label.PASS
    assert label(STEADY, HIGHER, changed(direction=Direction.INCREASE)) is Label.PASS


def test_a_tiny_steady_shift_fails_as_it_does_there() -> None:
    assert label([each + 2 for each in STEADY], STEADY) is Label.HIGH
    steadier = [100.0 + 0.0001 * at for at in range(30)]
    assert label([each + 0.01 for each in steadier], steadier) is Label.HIGH


def test_an_effect_that_is_allowed_passes() -> None:
    assert label(HIGHER, STEADY, changed(allowed_increase=1.6)) is Label.PASS
    assert label(STEADY, HIGHER, changed(allowed_decrease=0.5)) is Label.PASS


def test_the_chance_to_be_higher_is_another_measure() -> None:
    mixed = [*HIGHER[:8], 9.0, 9.1]
    assert classify(changed(measure=Measure.CLES), canary=mixed, baseline=STEADY).effect == pytest.approx(0.8)
    assert label(HIGHER, STEADY, changed(measure=Measure.CLES, allowed_increase=0.8)) is Label.HIGH


def test_few_noisy_samples_pass() -> None:
    chance = random.Random(3)
    one, other = ([chance.lognormvariate(0, 1) for _ in range(8)] for _ in range(2))
    assert label(one, other) is Label.PASS


@pytest.mark.parametrize("same", [([1.0, 2.0], [2.0, 1.0]), ([1.0, 1.0], [1.0])])
def test_samples_that_are_the_same_pass(same: tuple[list[float], list[float]]) -> None:
    assert label(*same) is Label.PASS


def test_constant_samples_are_told_apart() -> None:
    assert label([10.0] * 5, [1.0] * 5) is Label.HIGH
    assert label([10.0] * 5, [0.0] * 5) is Label.HIGH
    assert label([0.0] * 5, [10.0] * 5) is Label.LOW


def test_one_sample_against_one_is_an_error() -> None:
    assert label([10.0], [1.0]) is Label.ERROR


def test_without_a_mean_there_is_no_ratio_and_the_shift_decides() -> None:
    result = classify(changed(critical=True), canary=[54.9, 54.5, 55.1, 55.6, 57.4], baseline=[0.0] * 5)
    assert (result.label, result.effect, result.critical) == (Label.HIGH, None, True)


def test_missing_samples_are_left_out_or_count_as_none() -> None:
    gaps: list[float | None] = [None, *HIGHER, None]
    assert label(gaps, STEADY) is Label.HIGH
    assert label([None] * 10, STEADY) is Label.NO_DATA
    assert label([], STEADY, changed(missing=Missing.REPLACE)) is Label.PASS
    assert label([None] * 10, STEADY, changed(missing=Missing.REPLACE)) is Label.LOW


def test_a_metric_that_must_have_data_fails_without() -> None:
    assert label([], STEADY, changed(must_have_data=True)) is Label.NO_DATA_FAILS
    critical = classify(changed(must_have_data=True, critical=True), canary=[], baseline=STEADY)
    assert (critical.label, critical.critical) == (Label.NO_DATA, True)


def test_outliers_are_removed_where_that_is_asked() -> None:
    spiky = [*STEADY * 12, 1e6]
    cut = classify(changed(remove_outliers=True), canary=spiky, baseline=HIGHER)
    assert cut.effect == pytest.approx(10.45 / 15.45)


def judged(
    *metrics: tuple[MetricConfig, Samples, Samples], weights: dict[str, float] | None = None
) -> Judgement:
    return judge(metrics, weights=weights or {}, pass_score=95, marginal_score=75)


GOOD = (CONFIG, STEADY, STEADY)
BAD = (CONFIG, HIGHER, STEADY)


def test_a_group_scores_the_share_that_passes() -> None:
    result = judged(GOOD, GOOD, BAD)
    assert (result.score, result.verdict) == (66.67, ScoreVerdict.FAIL)
    assert result.groups["errors"] == pytest.approx(200 / 3)


def test_groups_add_up_by_their_weights_and_the_rest_is_shared() -> None:
    latency = changed(groups=("latency",))
    weights = {"errors": 80.0}
    assert judged(GOOD, (latency, HIGHER, STEADY), weights=weights).score == 80.0
    assert judged(GOOD, (latency, HIGHER, STEADY), weights=weights).verdict is ScoreVerdict.MARGINAL
    assert judged(BAD, (latency, STEADY, STEADY), weights=weights).score == 20.0


def test_a_group_without_data_is_worth_all() -> None:
    latency = changed(groups=("latency",))
    result = judged(GOOD, GOOD, (latency, [], STEADY))
    assert (result.score, result.groups) == (100.0, {"errors": 100.0})


def test_half_of_the_metrics_without_data_fail_the_canary() -> None:
    assert judged(GOOD, (CONFIG, [], STEADY)).score == 0.0


def test_a_critical_metric_fails_the_canary_alone() -> None:
    critical = changed(critical=True, critical_increase=1.2)
    assert judged(*[GOOD] * 30, (critical, HIGHER, STEADY)).score == 0.0
    bearable = changed(critical=True, critical_increase=9.0)
    assert judged(*[GOOD] * 30, (bearable, HIGHER, STEADY)).score > 90


def test_muted_metrics_are_shown_and_not_heard() -> None:
    result = judged(GOOD, (changed(muted=True), HIGHER, STEADY))
    assert (result.score, [each.label for each in result.metrics]) == (100.0, [Label.PASS, Label.HIGH])


def test_nothing_to_judge_is_no_pass() -> None:
    assert (judged().score, judged().verdict) == (0.0, ScoreVerdict.FAIL)


VALUES = st.none() | st.sampled_from([0.0, 1.0, 5e-324, 1e18]) | st.floats(0, 1e18)
SAMPLES = st.lists(VALUES, max_size=8)


@settings(max_examples=many("examples of a property", 300))
@given(canary=SAMPLES, baseline=SAMPLES, measure=st.sampled_from(Measure), outliers=st.booleans())
def test_whatever_was_sampled_it_is_scored(
    canary: Samples, baseline: Samples, measure: Measure, *, outliers: bool
) -> None:
    config = changed(measure=measure, remove_outliers=outliers, critical=True)
    assert 0 <= judged((config, canary, baseline)).score <= 100
