"""Damage that is there from the start, at one weight for two hours: is the predicted horizon true?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from console.judge.keys.channels import budget_of
from console.judge.keys.horizon import horizon_s
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import tolerated_errors
from tests.bench_judge.bar import quantile_s
from tests.bench_judge.study import OURS, Study
from tests.bench_judge.worlds import MILD, Case, Change, Stages

_SPAN_S = 7200
_WEIGHTS = (0.01, 0.10, 0.50)
_UPLIFTS = (0.005, 0.01, 0.05)
_RATES = (5.0, 50.0, 500.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """One case, predicted and simulated."""

    case: Case
    predicted_s: float
    median_s: float

    @property
    def resolved(self) -> bool:
        """Tell whether the simulation, or the prediction, ends within the two hours."""
        return min(self.median_s, self.predicted_s) < _SPAN_S

    @property
    def close(self) -> bool:
        """Tell whether they agree, to a fifth and three blocks."""
        return abs(self.predicted_s - self.median_s) <= 0.2 * self.median_s + 45


def _case(rps: float, weight: float, uplift: float) -> Case:
    return Case(
        title=f"flat +{100 * uplift:g}pp at {100 * weight:g} %",
        world=MILD,
        rps=rps,
        stages=Stages(name="flat", weights=(weight,), stage_s=_SPAN_S),
        defect=Change(errors_plus=uplift),
    )


CASES = tuple(_case(rps, weight, uplift) for rps in _RATES for weight in _WEIGHTS for uplift in _UPLIFTS)


def measure(case: Case, *, count: int, seeds: Sequence[int]) -> Flat:
    """Predict, then simulate."""
    settings = Settings()
    change = case.change
    predicted_s = horizon_s(
        rps=case.rps,
        weight=case.stages.weights[0],
        usual=case.errors,
        uplift=change.errors_plus,
        alpha=settings.alpha,
        share=budget_of(latency=True, events=False).errors,
        burst=1.0,
        block_s=settings.block_s,
        bets=len(settings.grid),
        tolerated=tolerated_errors(settings, usual=case.errors),
    )
    outcome = Study(seeds=seeds, progress=False).outcome(case, count=count, alone=True)
    median_s = quantile_s(outcome.delays_s(OURS), 0.5)
    return Flat(case=case, predicted_s=np.inf if predicted_s is None else predicted_s, median_s=median_s)
