"""The plan's judge on the bench of a drawn release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.judge.keys.judge import take, verdict
from console.judge.keys.verdict import Action
from console.judge.terms import begin_keys, tick_of

if TYPE_CHECKING:
    from console.evidence import Sample
    from console.judge.terms import Terms
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
