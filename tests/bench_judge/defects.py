"""The fourteen ways in which a canary can be worse, all but one in the calm world."""

from __future__ import annotations

from tests.bench_judge.worlds import MILD, STICKY, A, B, Case, Change

LATE_S = 25 * 60
"""Inside the 25 % stage: nothing before it says what comes."""

BLIND_TO_ABSOLUTE_RULES = "x2 of 1 %"
"""Rules of 99 % roll back every healthy release at this baseline, so their damage here says nothing."""


def defects(rps: float) -> tuple[Case, ...]:
    """Give them at one traffic."""
    point = 0.01
    return (
        Case(title=BLIND_TO_ABSOLUTE_RULES, rps=rps, errors=0.01, defect=Change(errors_times=2)),
        Case(title="x5 of 0.2 %", rps=rps, defect=Change(errors_times=5)),
        Case(title="x5 of 0.05 %", rps=rps, errors=0.0005, defect=Change(errors_times=5)),
        Case(title="x2 of 0.2 %", rps=rps, defect=Change(errors_times=2)),
        Case(title="+0.5pp", rps=rps, defect=Change(errors_plus=0.5 * point)),
        Case(title="+5pp", rps=rps, defect=Change(errors_plus=5 * point)),
        Case(title="+50pp", rps=rps, defect=Change(errors_plus=50 * point)),
        Case(title="P99 +20 %", rps=rps, defect=Change(latency_times=1.2)),
        Case(title="P99 +100 %", rps=rps, defect=Change(latency_times=2.0)),
        Case(title="tail 2 % at 2 s", rps=rps, defect=Change(tail=0.02)),
        Case(title="late +5pp", rps=rps, defect=Change(errors_plus=5 * point, from_s=LATE_S)),
        Case(title="late +0.5pp", rps=rps, defect=Change(errors_plus=0.5 * point, from_s=LATE_S)),
        Case(title="sticky +5pp", rps=rps, world=STICKY, stages=A, defect=Change(errors_plus=5 * point)),
        Case(title="stages B +0.5pp", rps=rps, world=MILD, stages=B, defect=Change(errors_plus=0.5 * point)),
    )
