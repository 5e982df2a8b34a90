"""Kayenta's judge, for teams that come from it: the same answers on the same samples.

`NetflixACAJudge-v1.0`: each metric's samples of both versions are compared by Mann and Whitney's test with
its fixed settings, classified, and scored by groups. What it calls tolerance is relative to the shift
itself: a tiny but steady shift fails (kayenta issue 780). It is made for a fresh baseline of the same age
as the canary; here stable stands in, whose pods are older. The samples are one a minute, so ten of them are
ten, whether ten requests or ten million made them.

One thing differs: where both versions are constant Kayenta adds random noise of a hundred-thousandth, and
here the noise is the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import chain
from statistics import NormalDist, fmean, quantiles

from msgspec import Struct

from console.judge.mann_whitney import Shift, mean_ranks, shift
from console.judge.total import total
from console.plan.canary_config import Direction, Measure, MetricConfig, Missing

TOLERANCE = 0.25
CONFIDENCE = 0.98
NO_DATA_LIMIT = 0.5
"""The share of metrics without data from which on the canary fails, ratio."""
_NOISE = 1e-5

Samples = Sequence[float | None]
"""One a minute; None where there was none."""


class Label(StrEnum):
    """What a metric is classified as."""

    PASS = "Pass"  # noqa: S105 - a verdict, not a password
    HIGH = "High"
    LOW = "Low"
    NO_DATA = "Nodata"
    NO_DATA_FAILS = "NodataFailMetric"
    ERROR = "Error"
    """One sample against one, or against zeros: there is no interval."""


class ScoreVerdict(StrEnum):
    """What the score amounts to."""

    PASS = "Pass"  # noqa: S105 - as above
    MARGINAL = "Marginal"
    FAIL = "Fail"


class MetricResult(Struct, frozen=True, kw_only=True):
    """One metric, classified."""

    name: str
    groups: tuple[str, ...]
    label: Label
    critical: bool = False
    """It fails the canary by itself."""
    effect: float | None = None
    muted: bool = False


class Judgement(Struct, frozen=True, kw_only=True):
    """All metrics together."""

    score: float
    """0..100."""
    verdict: ScoreVerdict
    groups: dict[str, float]
    """The groups' scores; a group without data has none."""
    metrics: tuple[MetricResult, ...]


def judge(
    metrics: Sequence[tuple[MetricConfig, Samples, Samples]],
    *,
    weights: dict[str, float],
    pass_score: float,
    marginal_score: float,
) -> Judgement:
    """Judge metrics, each with the canary's samples and the baseline's; `weights` are percent by group."""
    results = tuple(classify(config, canary=canary, baseline=base) for config, canary, base in metrics)
    heard = tuple(result for result in results if not result.muted)
    groups = _group_scores(heard)
    score = 0.0 if _fails_outright(heard) else _summary(groups, weights)
    return Judgement(
        score=score,
        verdict=_verdict(score, pass_score=pass_score, marginal_score=marginal_score),
        groups={name: each for name, each in groups.items() if each is not None},
        metrics=results,
    )


def classify(config: MetricConfig, *, canary: Samples, baseline: Samples) -> MetricResult:
    """Compare one metric's samples."""
    experiment, control = (_cleaned(config, samples) for samples in (canary, baseline))
    label, effect = _label(config, experiment, control)
    return MetricResult(
        name=config.name,
        groups=config.groups,
        label=label,
        critical=config.critical and _is_critical(config, label, effect),
        effect=effect,
        muted=config.muted,
    )


def _cleaned(config: MetricConfig, samples: Samples) -> list[float]:
    if config.missing is Missing.REPLACE:
        values = [0.0 if sample is None else sample for sample in samples]
    else:
        values = [sample for sample in samples if sample is not None]
    return _without_outliers(values, config.outlier_factor) if config.remove_outliers else values


def _without_outliers(values: list[float], factor: float) -> list[float]:
    """Keep what lies within the quartiles' fences, and in any case the middle 98%."""
    if len(values) < 2:  # noqa: PLR2004 - one value is no outlier
        return values
    # Kayenta's own rule: another interpolation keeps other samples of ten, and then scores differ.
    percentiles = quantiles(values, n=100, method="inclusive")
    first, lower, upper, last = (percentiles[at - 1] for at in (1, 25, 75, 99))
    reach = factor * (upper - lower)
    return [value for value in values if min(first, lower - reach) <= value <= max(last, upper + reach)]


def _label(config: MetricConfig, experiment: list[float], control: list[float]) -> tuple[Label, float | None]:
    if not experiment or not control:
        return _without_data(config), None
    # Equal samples have no shift to find, and where all values are one the statistic has no deviation to
    # divide by.
    if sorted(experiment) == sorted(control) or len({*experiment, *control}) == 1:
        return Label.PASS, None
    if len(set(experiment)) == len(set(control)) == 1:
        experiment, control = _spread(experiment), _spread(control)
        if len(set(experiment)) == len(set(control)) == 1:
            return Label.ERROR, None
    effect = _effect(config.measure, experiment, control)
    return _changed(config, shift(experiment, control, confidence=CONFIDENCE), effect), effect


def _changed(config: MetricConfig, moved: Shift, effect: float | None) -> Label:
    """Classify a shift: its interval must clear the tolerance, and the effect what is allowed."""
    # This is its peculiarity: the tolerance grows with the shift itself, so a tiny shift that is steady
    # enough fails (kayenta issue 780). It is kept, because teams come here for the same answers.
    bound = TOLERANCE * abs(moved.estimate)
    if config.direction is not Direction.DECREASE and moved.low > bound:
        allowed = config.threshold(config.allowed_increase)
        return Label.HIGH if effect is None or effect >= allowed else Label.PASS
    if config.direction is not Direction.INCREASE and moved.high < -bound:
        allowed = config.threshold(config.allowed_decrease)
        return Label.LOW if effect is None or effect <= allowed else Label.PASS
    return Label.PASS


def _without_data(config: MetricConfig) -> Label:
    if config.missing is Missing.REPLACE:
        return Label.PASS
    return Label.NO_DATA_FAILS if config.must_have_data and not config.critical else Label.NO_DATA


def _is_critical(config: MetricConfig, label: Label, effect: float | None) -> bool:
    match label:
        case Label.HIGH:
            return effect is None or effect >= config.threshold(config.critical_increase)
        case Label.LOW:
            return effect is None or effect <= config.threshold(config.critical_decrease)
        case _:
            return label is Label.NO_DATA


def _spread(values: list[float]) -> list[float]:
    """Make equal values differ a little, evenly over a normal distribution."""
    normal = NormalDist()
    count = len(values)
    return [
        value + _NOISE * abs(value) * normal.inv_cdf((at + 0.5) / count) for at, value in enumerate(values)
    ]


def _effect(measure: Measure, experiment: list[float], control: list[float]) -> float | None:
    """Measure the effect; None where a mean is 0 and there is no ratio."""
    if measure is Measure.CLES:
        m, n = len(experiment), len(control)
        ranks = mean_ranks([*experiment, *control])
        return (2 * total(ranks[:m]) - m * (m + 1)) / (2 * m * n)
    above, below = fmean(experiment), fmean(control)
    return above / below if above and below else None


def _group_scores(results: Sequence[MetricResult]) -> dict[str, float | None]:
    """Score each group by the share of its metrics that pass; None where none of them counts."""
    names = dict.fromkeys(chain.from_iterable(result.groups for result in results))
    return {name: _group_score([each.label for each in results if name in each.groups]) for name in names}


def _group_score(labels: list[Label]) -> float | None:
    # A metric without data neither passes nor fails its group; too many of them fail the canary as a whole
    # (`_fails_outright`).
    counted = [label for label in labels if label not in (Label.NO_DATA, Label.ERROR)]
    return 100 * counted.count(Label.PASS) / len(counted) if counted else None


def _fails_outright(results: Sequence[MetricResult]) -> bool:
    without = [result.label for result in results].count(Label.NO_DATA)
    return not results or without / len(results) >= NO_DATA_LIMIT or any(each.critical for each in results)


def _summary(groups: dict[str, float | None], weights: dict[str, float]) -> float:
    """Add the groups up by weight; those without one share what is left, and no data is no fault."""
    unweighted = [name for name in groups if name not in weights]
    rest = (100 - total(weights.values())) / len(unweighted) if unweighted else 0.0
    scores = ((weights.get(name, rest), 100.0 if score is None else score) for name, score in groups.items())
    summary = total(weight / 100 * score for weight, score in scores)
    # Half up and in decimal, as Kayenta rounds: 74.995 is 75 and passes, where binary rounding would fail
    # it.
    return float(Decimal(repr(summary)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _verdict(score: float, *, pass_score: float, marginal_score: float) -> ScoreVerdict:
    if score >= pass_score:
        return ScoreVerdict.PASS
    return ScoreVerdict.MARGINAL if score >= marginal_score else ScoreVerdict.FAIL
