"""Kayenta's analyses of a release: one sample a minute of each version, judged every few minutes. Pure.

A weight is judged by its own samples. A minute in which a version was not seen has no sample, and where all
that is analysed has no sample, or a version had no request, nothing is analysed: there is nothing to fail.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import MINUTE_S, Look, Sample
from console.judge.kayenta import Judgement, ScoreVerdict, judge
from console.judge.tally import ratio, tally_of
from console.judge.total import total
from console.judge.value import Restarts, Values, values_of
from console.plan.canary_config import Kayenta
from console.plan.exposure import Compares, Exposure
from console.plan.kinds import Kind, kind_of

MOST_MINUTES = 1440
"""Samples of each metric that are kept: a day of minutes, the longest lookback."""

Series = tuple[tuple[float | None, ...], ...]
"""One sample a minute of each metric; None where there was none."""


class Scores(Struct, frozen=True, kw_only=True, tag="kayenta"):
    """What Kayenta's judge knows of the present weight."""

    began_at: float | None = None
    """When the samples of this weight begin."""
    minute_at: float = 0.0
    """When the minute began that is being counted."""
    looks: tuple[Sample, ...] = ()
    """Of that minute."""
    stable: Series = ()
    canary: Series = ()
    latest: Judgement | None = None
    """None before the first analysis."""
    due_at: float = 0.0
    """When the next analysis is due."""
    analyses: int = 0

    @property
    def failed(self) -> bool:
        """Whether the latest analysis fails the canary."""
        return self.latest is not None and self.latest.verdict is ScoreVerdict.FAIL

    @property
    def marginal(self) -> bool:
        """Whether the latest analysis neither fails the canary nor lets it pass."""
        return self.latest is not None and self.latest.verdict is ScoreVerdict.MARGINAL


def watch(scores: Scores, config: Kayenta, *, at: float, weight: int, sample: Sample) -> Scores:
    """Take a look in; analyses when one is due."""
    if Exposure(weight=weight).compares is not Compares.BOTH:
        return scores
    # Minutes are counted from the beginning of the weight and not by the clock, so that none holds two
    # weights.
    if scores.began_at is None:
        began_at = at - sample.span_s + config.warmup_s
        scores = replace(scores, began_at=began_at, minute_at=began_at, due_at=began_at + config.every_s)
    if at <= scores.minute_at:
        return scores
    grown = replace(scores, looks=(*scores.looks, sample))
    if at - scores.minute_at < MINUTE_S:
        return grown
    counted = _counted(grown, config, at=at)
    return _analysed(counted, config, at=at) if at >= counted.due_at else counted


def _counted(scores: Scores, config: Kayenta, *, at: float) -> Scores:
    """End the minute; one that a gap has made longer is one sample all the same."""
    values = [_values(metric.name, scores.looks) for metric in config.metrics]
    most = min(MOST_MINUTES, round(config.lookback_s / MINUTE_S) or MOST_MINUTES)
    return replace(
        scores,
        # On the grid of the first minute: a look that is late moves none of those behind it.
        minute_at=scores.minute_at + MINUTE_S * ((at - scores.minute_at) // MINUTE_S),
        looks=(),
        stable=_longer(scores.stable, [each.stable for each in values], most),
        canary=_longer(scores.canary, [each.canary for each in values], most),
    )


def _longer(series: Series, values: list[float | None], most: int) -> Series:
    before = series or ((),) * len(values)
    return tuple((*each, value)[-most:] for each, value in zip(before, values, strict=True))


def _analysed(scores: Scores, config: Kayenta, *, at: float) -> Scores:
    if not (_seen(scores.stable) and _seen(scores.canary)):
        return scores
    latest = judge(
        tuple(zip(config.metrics, scores.canary, scores.stable, strict=True)),
        weights=config.weights,
        pass_score=config.pass_score,
        marginal_score=config.marginal_score,
    )
    late_s = max(0.0, at - scores.due_at)
    # On its own grid too: an analysis behind a gap is one, and makes up for none that was missed.
    due_at = scores.due_at + config.every_s * (1 + late_s // config.every_s)
    return replace(scores, latest=latest, analyses=scores.analyses + 1, due_at=due_at)


def _seen(series: Series) -> bool:
    """Whether there is anything to analyse, up to the last minute."""
    return any(each[-1] is not None for each in series)


def _values(metric: str, looks: tuple[Sample, ...]) -> Values:
    """Return a metric's sample of one minute; an event's is its number by the requests'.

    Shares are in percent: Kayenta's search for an interval stops at 0.0001, whatever the unit.
    """
    if any(metric in side.events for look in looks for side in (look.stable, look.canary)):
        return _in_percent(
            stable=_by_request(metric, [look.stable for look in looks]),
            canary=_by_request(metric, [look.canary for look in looks]),
        )
    values = values_of(metric, tally=tally_of(looks), samples=looks, restarts=Restarts())
    if kind_of(metric) is Kind.RATIO:
        return _in_percent(stable=values.stable, canary=values.canary)
    return values


def _in_percent(*, stable: float | None, canary: float | None) -> Values:
    return Values(
        stable=None if stable is None else 100 * stable, canary=None if canary is None else 100 * canary
    )


def _by_request(event: str, looks: list[Look]) -> float | None:
    known = [look for look in looks if look.counts is not None and event in look.events]
    requests = total(look.counts.requests for look in known if look.counts is not None)
    return ratio(total(look.events[event] for look in known), requests)
