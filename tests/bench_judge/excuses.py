"""Worlds in which something excuses the canary: an odd pod of stable's, an outage that is over, its tail.

All are somebody else's: they were written down before the judge was mended for them.
"""

from __future__ import annotations

from dataclasses import replace

from tests.bench_judge.worlds import MILD, Case, Change, Outage

_FROM_S = 30 * 60
_EARLY = Outage(errors_plus=0.5, from_s=10 * 60)
NOISY_NEIGHBOUR = replace(MILD, name="a noisy neighbour", odd_pod=Change(errors_times=5.0, latency_times=2.0))
POD_FAILS = replace(MILD, name="one pod fails twice as often", odd_pod=Change(errors_times=2.0))
POD_SLOW = replace(MILD, name="one pod 1.3x slower", odd_pod=Change(latency_times=1.3))
ON_SLOW_NODE = replace(POD_SLOW, name="the canary beside the slow pod", canary=Change(latency_times=1.3))
ON_FAILING_NODE = replace(
    POD_FAILS, name="the canary beside the failing pod", canary=Change(errors_times=2.0)
)
AFTER_OUTAGE = replace(MILD, name="an early outage", outage=_EARLY)
AFTER_UNSEEN = replace(
    MILD, name="an early outage, canary unseen", outage=replace(_EARLY, canary_unseen=True)
)
TAIL = replace(
    MILD, name="outage 45 s longer in the canary", outage=Outage(errors_plus=0.5, canary_longer_s=45)
)
BLIPS = replace(MILD, name="start blips", canary_blip=0.2)


def damaged() -> dict[Case, float]:
    """Give damage that something excuses, and within how many seconds the median is to be found.

    Twice the shortest time of any judge that was measured in these worlds; where all missed it, 15 minutes.
    """
    late = Change(errors_plus=0.01, from_s=_FROM_S)
    return {
        Case(title="+20pp", world=NOISY_NEIGHBOUR, defect=Change(errors_plus=0.2)): 360,
        Case(title="+1pp", world=POD_FAILS, defect=Change(errors_plus=0.01)): 1080,
        Case(title="x1.5", world=POD_SLOW, defect=Change(latency_times=1.5)): 600,
        Case(title="+1pp, after", world=AFTER_OUTAGE, defect=late): 120,
        Case(title="+1pp, after unseen", world=AFTER_UNSEEN, defect=late): 120,
    }


def harmless() -> tuple[Case, ...]:
    """Give healthy canaries beside odd pods and after outages, and those that an outage or a start marks."""
    odd_pods = (NOISY_NEIGHBOUR, POD_FAILS, POD_SLOW, ON_SLOW_NODE, ON_FAILING_NODE)
    worlds = (*odd_pods, AFTER_OUTAGE, AFTER_UNSEEN, TAIL, BLIPS)
    return tuple(Case(world=world, rps=rps) for world in worlds for rps in (50.0, 1000.0))
