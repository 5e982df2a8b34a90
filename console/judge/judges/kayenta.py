"""Kayenta's judge of a release: a score every few minutes, of a sample a minute of each version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.judge.judge_kind import Judge, Look, Standing
from console.judge.kayenta import ScoreVerdict
from console.judge.reading import Verdict
from console.judge.scores import Scores, watch
from console.judge.verdict import Action, Awaited, JudgeVerdict, Wait, Why

if TYPE_CHECKING:
    from console.judge.terms import Terms
    from console.plan.model import Plan

State = Scores
_WORDS = {
    ScoreVerdict.PASS: Verdict.HEALTHY,
    ScoreVerdict.MARGINAL: Verdict.INSUFFICIENT,
    ScoreVerdict.FAIL: Verdict.BREACH,
}
"""A marginal score is not bad, and not enough either."""


class KayentasJudge(Judge[State]):
    """Kayenta's judge."""

    def begin(self, plan: Plan, terms: Terms | None) -> State:
        """Begin without a sample."""
        _ = plan, terms
        return Scores()

    def enter_stage(self, state: State) -> State:
        """Begin anew: a weight is judged by its own samples."""
        _ = state
        return Scores()

    def look(self, state: State, plan: Plan, look: Look) -> State:
        """Take one look in; its minutes begin with the first in which this weight can be seen."""
        if plan.kayenta is None or look.early:
            return state
        return watch(state, plan.kayenta, at=look.at, weight=look.weight, sample=look.sample)

    def says(self, state: State) -> JudgeVerdict | None:
        """Return what the latest analysis leads to."""
        if state.latest is None:
            return None
        return JudgeVerdict(
            action=Action.ROLL_BACK if state.failed else Action.GO_ON,
            why=Why.WORSE if state.failed else Why.NOTHING,
            analyses=state.analyses,
            doubts=state.failed or state.marginal,
        )

    def compared(self, state: State, standing: Standing) -> bool | None:
        """Whether this weight was analysed, or has nothing to compare."""
        return state.latest is not None or not standing.compares

    def word(self, state: State, standing: Standing) -> Verdict | None:
        """Return the latest score as one of the four verdicts."""
        _ = standing
        return None if state.latest is None else _WORDS[state.latest.verdict]

    def awaits(self, state: State, standing: Standing) -> tuple[Awaited, ...]:
        """Wait for a score that passes, where there are two versions to compare."""
        if not standing.compares:
            return ()
        if state.latest is None:
            return (Awaited(wait=Wait.UNSCORED),)
        return (Awaited(wait=Wait.MARGINAL),) if state.marginal or state.failed else ()

    def left_s(self, state: State, standing: Standing, *, wait: Wait, now: float) -> float | None:
        """Return the seconds until the next analysis is due; 0 where it is."""
        config = standing.plan.kayenta
        if config is None or wait is not Wait.UNSCORED:
            return None
        due_at = standing.shown_at + config.warmup_s + config.every_s
        return max(0.0, (due_at if state.began_at is None else state.due_at) - now)


JUDGE = KayentasJudge()
