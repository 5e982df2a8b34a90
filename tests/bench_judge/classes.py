"""Damage and health of each class of errors: 5xx, no answer, gRPC's statuses, and 4xx.

No answer and gRPC's statuses of the server's are counted together with 5xx, so that a simulated release of
theirs is one of 5xx in all but the name: `test_same_judge` holds the judge itself to that. 4xx are a channel
of their own, and have cases of their own.
"""

from __future__ import annotations

from dataclasses import replace

from tests.bench_judge.worlds import MILD, POD_NOISE, RATES, STICKY, WILD, Case, Change

TOGETHER = ("errors_5xx", "no_answer", "grpc_server")
"""The classes that are one channel."""
MUCH = 0.10
"""So much of a class on both versions is a service's own way, ratio."""
_SIZES = (0.005, 0.05, 0.5)
_LATE_S = 25 * 60


def healthy_classes() -> tuple[Case, ...]:
    """Give services that have much of a class on both versions, at each rate."""
    worlds = (MILD, WILD, STICKY, POD_NOISE)
    refusing = [
        Case(world=replace(world, name=f"{world.name}, a tenth 4xx", refused=MUCH), rps=rps)
        for world in worlds
        for rps in RATES[:3]
    ]
    failing = [Case(world=MILD, title="a tenth fails", rps=rps, errors=MUCH) for rps in RATES[:3]]
    return (*refusing, *failing)


def pairs(rps: float) -> tuple[tuple[Case, Case], ...]:
    """Give the same damage twice: as errors, and as 4xx of a service that has as few of them."""
    refusing = replace(MILD, name="mild, few 4xx", refused=0.002)
    found = []
    for size in _SIZES:
        for from_s in (0.0, _LATE_S):
            title = f"{'late ' if from_s else ''}+{100 * size:g}pp"
            found.append(
                (
                    Case(title=f"{title} of errors", rps=rps, defect=Change(errors_plus=size, from_s=from_s)),
                    Case(
                        title=f"{title} of 4xx",
                        world=refusing,
                        rps=rps,
                        defect=Change(refused_plus=size, from_s=from_s),
                    ),
                )
            )
    return tuple(found)
