"""Kayenta's judge as rows: the score and what it means, and the metrics that it comes from."""

from __future__ import annotations

from console.judge.kayenta import Label, MetricResult, ScoreVerdict
from console.plan.judges.kayenta import NAME
from console.plan.plan_words import metric_in_words
from console.plan.units import words_number
from console.policy.judges.kayenta import LABELS, next_analysis_in_words, scores_of
from console.release.state import Release
from screens.figure_words import ago
from screens.glyphs import Glyphs
from screens.judges.judge_panel import NAME_COLUMN, WIDE, WORD_COLUMN, JudgePanel
from screens.rows import Row, clip, column, span
from screens.view_state import ViewState
from themes.ink import Ink

SHOWN_METRICS = 4
LABEL_COLUMN = 22


WORDS = (
    ("score", "Kayenta's: the share of the metrics that pass, by the weights of their groups"),
    ("High, Low", "the shift is more than a quarter of itself, at 98% confidence; critical ones fail all"),
    ("Marginal", "between the two scores of the plan: the release waits for the next analysis"),
    ("O", "goes on against the score, with a reason: the analyses begin anew"),
)


class KayentasPanel(JudgePanel):
    """The score, and where there is room the metrics, those that don't pass first."""

    words = WORDS

    def rows(self, release: Release, *, wide: bool) -> int:
        """Count the rows that it takes."""
        config = release.plan.kayenta
        return 1 + min(len(config.metrics), SHOWN_METRICS) if wide and config else 1

    def paint(self, state: ViewState, width: int) -> list[Row]:
        """Paint them."""
        release = state.release
        if release is None:
            return []
        wide = width >= WIDE
        rows = [_score(state, release)]
        latest = scores_of(release).latest
        if wide and latest is not None:
            told = sorted(latest.metrics, key=lambda each: each.label is Label.PASS)
            rows += [_metric(each, state.glyphs) for each in told[:SHOWN_METRICS]]
        rows += [()] * (self.rows(release, wide=wide) - len(rows))
        return [clip(row, width, cut=state.glyphs.cut) for row in rows]


PANEL = KayentasPanel()


def _score(state: ViewState, release: Release) -> Row:
    config, latest = release.plan.kayenta, scores_of(release).latest
    assert config is not None
    sign, words, ink = _word(state.glyphs, latest.verdict if latest else None)
    if state.verdicts_age_s is not None:
        sign, words, ink = state.glyphs.blind, f"{ago(state.verdicts_age_s)} old", Ink.WAIT
    score = "" if latest is None else f"score {words_number(latest.score)}  "
    wanted = (
        f"{words_number(config.pass_score)} passes, below {words_number(config.marginal_score)} rolls back"
    )
    return (
        span(" "),
        column(NAME, NAME_COLUMN, Ink.STRONG),
        column(f"{sign} {words}", WORD_COLUMN, ink),
        span(score, ink),
        span(f"{wanted}  {state.glyphs.dot} {next_analysis_in_words(release, now=state.now)}", Ink.DIM),
    )


def _word(glyphs: Glyphs, verdict: ScoreVerdict | None) -> tuple[str, str, Ink]:
    match verdict:
        case None:
            return glyphs.dot, "no score yet", Ink.DIM
        case ScoreVerdict.PASS:
            return glyphs.done, "Pass", Ink.GOOD
        case ScoreVerdict.MARGINAL:
            return glyphs.few, "Marginal", Ink.WAIT
        case ScoreVerdict.FAIL:
            return glyphs.failed, "FAIL", Ink.BAD


def _metric(result: MetricResult, glyphs: Glyphs) -> Row:
    bad = result.label is not Label.PASS
    effect = "" if result.effect is None else f"{result.effect:.2f}x as much"
    marks = ", ".join((*result.groups, *["critical"] * result.critical, *["muted"] * result.muted))
    return (
        span(" "),
        column(metric_in_words(result.name), NAME_COLUMN, cut=glyphs.cut),
        column(LABELS[result.label], LABEL_COLUMN, Ink.WAIT if bad else Ink.DIM, cut=glyphs.cut),
        column(effect, LABEL_COLUMN, Ink.TEXT if bad else Ink.DIM),
        span(marks, Ink.DIM),
    )
