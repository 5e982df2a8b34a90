"""Damage and health of each class of errors: 5xx, no answer, gRPC's statuses, 4xx, and what a plan names.

The arrays know errors and 4xx. How the mesh writes a class down, and what becomes of it on its way to the
judge, only the judge's own path knows: `by_class` takes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from console.metrics.outcomes import Ended
from console.plan.model import Errors, GrpcFault
from tests.bench_judge.worlds import MILD, POD_NOISE, RATES, STICKY, WILD, Case, Change

MUCH = 0.10
"""So much of a class on both versions is a service's own way, ratio."""
_SIZES = (0.005, 0.05, 0.5)
_LATE_S = 25 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A class of errors, as the mesh writes it down, and what the plan says of it."""

    name: str
    end: Ended
    errors: Errors | None = None
    """What the plan calls an error, where it says so itself."""


USUAL = Failure(name="5xx", end=Ended("503"))
"""What every judge finds; the others are measured by it."""
OTHERS = (
    Failure(name="no answer", end=Ended("0")),
    Failure(name="gRPC, the server's", end=Ended("200", "14")),
    Failure(name="gRPC, the caller's", end=Ended("200", "5")),
    Failure(name="4xx", end=Ended("404")),
    Failure(name="4xx that the plan names", end=Ended("429"), errors=Errors(http=("5xx", "429"))),
    Failure(
        name="gRPC's that the plan names",
        end=Ended("200", "7"),
        errors=Errors(grpc=(GrpcFault.SERVER, "7"), no_answer=False),
    ),
)


def refusing() -> tuple[Case, ...]:
    """Give services that refuse a tenth on both versions, at each rate."""
    return tuple(
        Case(world=replace(world, name=f"{world.name}, a tenth 4xx", refused=MUCH), rps=rps)
        for world in (MILD, WILD, STICKY, POD_NOISE)
        for rps in RATES[:3]
    )


def failing() -> tuple[Case, ...]:
    """Give services that fail a tenth on both versions, at each rate."""
    return tuple(
        Case(world=world, title=f"a tenth fails, {world.name}", rps=rps, errors=MUCH)
        for world in (MILD, WILD, STICKY, POD_NOISE)
        for rps in RATES[:3]
    )


def damages(rps: float) -> tuple[Case, ...]:
    """Give damage of three sizes, from the start and late."""
    return tuple(
        Case(title=f"{title} of a class", rps=rps, defect=Change(errors_plus=size, from_s=from_s))
        for title, size, from_s in _damages()
    )


def pairs(rps: float) -> tuple[tuple[Case, Case], ...]:
    """Give the same damage twice: as errors, and as 4xx of a service that has as few of them."""
    world = replace(MILD, name="mild, few 4xx", refused=0.002)
    return tuple(
        (
            Case(title=f"{title} of errors", rps=rps, defect=Change(errors_plus=size, from_s=from_s)),
            Case(
                title=f"{title} of 4xx",
                world=world,
                rps=rps,
                defect=Change(refused_plus=size, from_s=from_s),
            ),
        )
        for title, size, from_s in _damages()
    )


def _damages() -> Iterator[tuple[str, float, float]]:
    for size in _SIZES:
        for from_s in (0.0, _LATE_S):
            yield f"{'late ' if from_s else ''}+{100 * size:g}pp", size, from_s
