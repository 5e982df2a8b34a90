"""What Kayenta's judge says, in words: the score, what it means, and which metrics it comes from."""

from __future__ import annotations

from console.judge.kayenta import Judgement, Label, MetricResult
from console.judge.kayenta import Verdict as Classified
from console.judge.reading import Verdict
from console.plan.canary_config import Kayenta
from console.plan.units import words_duration, words_number
from console.plan.words import metric_in_words
from console.release.state import Release

NAME = "kayenta"
"""What the judge is called where guards are called by their names."""
LABELS = {
    Label.PASS: "Pass",
    Label.HIGH: "High",
    Label.LOW: "Low",
    Label.NO_DATA: "Nodata",
    Label.NO_DATA_FAILS: "Nodata, which fails it",
    Label.ERROR: "Error: too few samples",
}
VERDICTS = {
    Classified.PASS: Verdict.HEALTHY,
    Classified.MARGINAL: Verdict.INSUFFICIENT,
    Classified.FAIL: Verdict.BREACH,
}
"""Each as one of the four verdicts: a marginal score is not bad, and not enough either."""


def scored(release: Release) -> Verdict | None:
    """Give the latest score as one of the four verdicts; None before the first analysis."""
    latest = release.memory.scores.latest
    return VERDICTS[latest.verdict] if latest else None


def score_in_words(release: Release) -> str:
    """Say the latest analysis: `kayenta scores v2 50: Fail, below 75; error rate High (2.3x)`."""
    config, latest = release.plan.kayenta, release.memory.scores.latest
    if config is None or latest is None:
        return ""
    telling = [each for each in latest.metrics if each.label is not Label.PASS] or latest.metrics
    metrics = ", ".join(map(result_in_words, telling))
    score = words_number(latest.score)
    return f"kayenta scores {release.plan.canary.name} {score}: {_meaning(latest, config)}; {metrics}"


def result_in_words(result: MetricResult) -> str:
    """Say one metric's class, and by how much its mean differs."""
    effect = "" if result.effect is None else f" ({result.effect:.2f}x)"
    critical = ", critical" if result.critical else ""
    return f"{metric_in_words(result.name)} {LABELS[result.label]}{effect}{critical}"


def next_analysis_in_words(release: Release, *, now: float) -> str:
    """Say when the next analysis comes."""
    scores, config = release.memory.scores, release.plan.kayenta
    assert config is not None
    due_at = release.shown_at + config.warmup_s + config.every_s if scores.began_at is None else scores.due_at
    left_s = round(due_at - now)
    return f"next analysis in {words_duration(left_s)}" if left_s > 0 else "the next analysis is due"


def _meaning(latest: Judgement, config: Kayenta) -> str:
    passed, marginal = words_number(config.pass_score), words_number(config.marginal_score)
    match latest.verdict:
        case Classified.PASS:
            return f"Pass, {passed} is enough"
        case Classified.MARGINAL:
            return f"Marginal, from {marginal} on and below {passed}"
        case Classified.FAIL:
            return f"Fail, below {marginal}"
