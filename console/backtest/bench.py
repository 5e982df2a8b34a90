"""The plan's judge on the bench of a drawn release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.judge.keys.judge import take, verdict
from console.judge.keys.verdict import Action
from console.judge.scores import Scores, watch
from console.judge.terms import begin_keys, tick_of

if TYPE_CHECKING:
    from console.evidence import Sample
    from console.judge.terms import Terms
    from console.plan.canary_config import Kayenta
    from console.plan.model import Plan


class Bench:
    """Judges one release; once it would have been rolled back, nothing more is looked at."""

    def __init__(self, plan: Plan, terms: Terms) -> None:
        self._keys = begin_keys(terms, plan)
        self._at_s = 0.0
        self.turned = False
        """Whether the judge would have rolled the release back."""

    def take(self, sample: Sample, *, weight: int) -> None:
        """Look at one tick; a verdict comes with each block."""
        if self.turned:
            return
        self._at_s += sample.span_s
        pods = (sample.stable.pods, sample.canary.pods)
        before = self._keys.course.at_s
        self._keys = take(self._keys, tick_of(sample, at=self._at_s, weight=weight, pods=pods))
        if self._keys.course.at_s > before:
            self.turned = verdict(self._keys, at_s=self._at_s).action is Action.ROLL_BACK


class ScoreBench:
    """The same for Kayenta's judge: each weight by its own samples."""

    def __init__(self, config: Kayenta) -> None:
        self._config = config
        self._scores = Scores()
        self._weight = -1
        self._at_s = 0.0
        self.turned = False
        """Whether a score would have rolled the release back."""

    def take(self, sample: Sample, *, weight: int) -> None:
        """Look at one tick."""
        if self.turned:
            return
        if weight != self._weight:
            self._scores, self._weight = Scores(), weight
        self._at_s += sample.span_s
        self._scores = watch(self._scores, self._config, at=self._at_s, weight=weight, sample=sample)
        self.turned = self._scores.failed


def bench_of(plan: Plan, terms: Terms | None) -> Bench | ScoreBench | None:
    """Give the bench of the plan's judge; None where it has none."""
    if plan.kayenta is not None:
        return ScoreBench(plan.kayenta)
    return Bench(plan, terms) if terms else None
