"""What Kayenta's judge says, in words: the score, what it means, and which metrics it comes from."""

from __future__ import annotations

from console.judge.kayenta import Judgement, Label, MetricResult, ScoreVerdict
from console.judge.scores import Scores
from console.judge.verdict import Wait
from console.plan.canary_config import Kayenta
from console.plan.judges.kayenta import NAME
from console.plan.plan_words import metric_in_words
from console.plan.units import words_duration, words_number
from console.policy.judge_text import Heard, JudgeText
from console.release.state import Release

LABELS = {
    Label.PASS: "Pass",
    Label.HIGH: "High",
    Label.LOW: "Low",
    Label.NO_DATA: "Nodata",
    Label.NO_DATA_FAILS: "Nodata, which fails it",
    Label.ERROR: "Error: too few samples",
}


def scores_of(release: Release) -> Scores:
    """Return what is known of the release's scores; nothing where another judge judges it."""
    known = release.memory.judge
    return known if isinstance(known, Scores) else Scores()


def score_in_words(release: Release) -> str:
    """Say the latest analysis: `kayenta scores v2 50: Fail, below 75; error rate High (2.3x)`."""
    config, latest = release.plan.kayenta, scores_of(release).latest
    if config is None or latest is None:
        return ""
    # Only what speaks against the canary, unless nothing does: among passes the one that fails would be
    # lost.
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
    scores, config = scores_of(release), release.plan.kayenta
    assert config is not None
    due_at = release.shown_at + config.warmup_s + config.every_s if scores.began_at is None else scores.due_at
    left_s = round(due_at - now)
    return f"next analysis in {words_duration(left_s)}" if left_s > 0 else "the next analysis is due"


def _meaning(latest: Judgement, config: Kayenta) -> str:
    passed, marginal = words_number(config.pass_score), words_number(config.marginal_score)
    match latest.verdict:
        case ScoreVerdict.PASS:
            return f"Pass, {passed} is enough"
        case ScoreVerdict.MARGINAL:
            return f"Marginal, from {marginal} on and below {passed}"
        case ScoreVerdict.FAIL:
            return f"Fail, below {marginal}"


class KayentasText(JudgeText):
    """Kayenta's judge in words."""

    def in_words(self, release: Release) -> str:
        """Say the latest score."""
        return score_in_words(release)

    def awaited_in_words(self, release: Release, wait: Wait, *, now: float) -> str:
        """Say the score that is neither, or that there is none, and when the next analysis comes."""
        following = next_analysis_in_words(release, now=now)
        if wait is Wait.UNSCORED:
            return f"kayenta has not scored {release.weight}%; {following}"
        return f"{score_in_words(release)}; {following}"

    def heard(self, release: Release) -> Heard | None:
        """Tell the score beside the two that decide."""
        config, verdict = release.plan.kayenta, release.judge_word
        if config is None or verdict is None:
            return None
        least, enough = words_number(config.marginal_score), words_number(config.pass_score)
        rule = f"a score below {least} rolls back, {enough} passes"
        return Heard(rule=rule, verdict=verdict, words=score_in_words(release))


TEXT = KayentasText(NAME)
