"""Kayenta's judge in a plan: its settings in words."""

from __future__ import annotations

from collections.abc import Iterator

from console.plan.canary_config import Kayenta, MetricConfig
from console.plan.judge_settings import Tried
from console.plan.model import Plan
from console.plan.plan_words import metric_in_words
from console.plan.units import words_duration, words_number

Settings = Kayenta
NAME = "kayenta"
TRIED: dict[str, Tried] = {}


def in_words(settings: Kayenta, *, plan: Plan) -> list[str]:
    """Say what Kayenta's judge compares, and what comes of its score."""
    _ = plan
    passed, marginal = words_number(settings.pass_score), words_number(settings.marginal_score)
    compared = ", ".join(_compared(metric) for metric in settings.metrics)
    return [
        f"a score of Kayenta's every {words_duration(settings.every_s)}, of a sample a minute: {compared}",
        f"roll back below {marginal}; go on from {passed}; wait for the next analysis between them",
    ]


def _compared(metric: MetricConfig) -> str:
    marks = [metric.direction, *["critical"] * metric.critical, *["muted"] * metric.muted]
    return f"{metric_in_words(metric.name)} ({', '.join(marks)})"


def as_text(settings: Kayenta) -> Iterator[str]:
    """Write nothing: no recording has the samples of each minute."""
    _ = settings
    yield from ()


def kept(was: Plan, plan: Plan) -> list[str]:
    """Say nothing: what it scores is in each recording."""
    _ = was, plan
    return []
