"""The worst of stable's pods in the hour before: what the pods' differences excuse ends a little beyond it.

Few pods say little of how far pods may differ: a tolerance of some standard deviations of four pods, one of
which is odd, would let a canary pass that is bad many times as often as that one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType

from console.judge.keys.channels import Kind, Share, usual_share
from console.judge.keys.history import Minutes, merged, whole
from console.judge.total import total

LEVEL_MINUTES = 15
"""Where pods wander, their level is that of so many minutes: over an hour they would look steady."""
STANDS_ALONE = 8.0
"""Standard deviations of the other pods: one that is further off is no draw of what they are."""
COMPARED_PODS = 2


class OddPod(Struct, frozen=True, kw_only=True):
    """The worst pod, as one channel sees it."""

    pod: str
    times: float
    """How many times as often as all of stable's were its requests bad at its worst; of events, how many
    times as rare they were."""
    times_others: float
    """The same by stable's other pods, without it."""
    alone: bool = False
    """Whether the others are so much alike that no pod but this one is like it."""


def worst_pod(minutes: Minutes, *, kind: Kind) -> OddPod | UnsetType:
    """Find the worst pod of the hour; unset where there are not two."""
    hour = merged(minutes)
    if len(hour) < COMPARED_PODS:
        return UNSET
    alone = _is_alone(hour, kind=kind)
    parts = [merged(minutes[at : at + LEVEL_MINUTES]) for at in range(0, len(minutes), LEVEL_MINUTES)]
    levels = [(_times(part, pod, kind=kind), pod) for part in ([hour] if alone else parts) for pod in part]
    times, pod = max(levels, key=lambda level: (level[0].by_all, level[1]))
    return OddPod(pod=pod, times=times.by_all, times_others=times.by_others, alone=alone)


class _Times(Struct, frozen=True):
    by_all: float
    by_others: float


def _times(shares: Mapping[str, Share], pod: str, *, kind: Kind) -> _Times:
    others = whole(share for name, share in shares.items() if name != pod)
    level, usual, rest = (usual_share(each) for each in (shares[pod], whole(shares.values()), others))
    # Fewer events are worse, more of anything else is.
    return _Times(usual / level, rest / level) if kind is Kind.EVENTS else _Times(level / usual, level / rest)


def _is_alone(hour: Mapping[str, Share], *, kind: Kind) -> bool:
    """Tell whether the worst is far from all others, by how far these are from each other."""
    sign = -1 if kind is Kind.EVENTS else 1
    *others, worst = sorted(sign * math.log(usual_share(share)) for share in hour.values())
    # Of one other pod nobody knows how far it is from others.
    if len(others) < COMPARED_PODS:
        return False
    mean = total(others) / len(others)
    variance = total((level - mean) ** 2 for level in others) / (len(others) - 1)
    return worst - mean > STANDS_ALONE * math.sqrt(variance)
