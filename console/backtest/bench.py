"""The plan's judge on the bench of a drawn release."""

from __future__ import annotations

from console.evidence import Sample
from console.judge.judge_kind import Look
from console.judge.registry import begin, judge_of
from console.judge.terms import Terms
from console.judge.verdict import Action
from console.plan.judges import RULES
from console.plan.model import Plan


class Bench:
    """Judges one release; once it would have been rolled back, nothing more is looked at."""

    def __init__(self, plan: Plan, terms: Terms | None) -> None:
        self._plan = plan
        self._known = begin(plan, terms)
        self._judge = judge_of(self._known)
        self._weight = -1
        self._at_s = 0.0
        self.turned = False
        """Whether the judge would have rolled the release back."""

    def take(self, sample: Sample, *, weight: int) -> None:
        """Look at one tick."""
        if self.turned:
            return
        if weight != self._weight:
            self._known, self._weight = self._judge.enter_stage(self._known), weight
        self._at_s += sample.span_s
        pods = (sample.stable.pods, sample.canary.pods)
        look = Look(at=self._at_s, weight=weight, sample=sample, pods=pods)
        self._known = self._judge.look(self._known, self._plan, look)
        said = self._judge.says(self._known)
        self.turned = said is not None and said.action is Action.ROLL_BACK


def bench_of(plan: Plan, terms: Terms | None) -> Bench | None:
    """Give the bench of the plan's judge; None where it has none."""
    return None if plan.judge_kind == RULES else Bench(plan, terms)
