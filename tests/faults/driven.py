"""A release that is driven past a fault of Prometheus, and back by hand when the fault comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from console.command import Command
from console.evidence import Sample
from console.host.control import Ask
from console.metrics.evidence_source import PrometheusSource
from console.metrics.prometheus import Prometheus
from console.plan.model import Judge, Metric, Plan, Slo
from console.policy.explain import explain
from console.release import events as ev
from tests.faults.patient_time import PatientLoop
from tests.faults.prometheus_faults import Fault
from tests.faults.prometheus_wire import SCRAPE_S, Mesh, Wire
from tests.metrics.scripted import V1, V2, named
from tests.releases import ANA, guard, plan, stage
from tests.worker.ports import Stand, World

WEIGHTS = (10, 50, 100)
PATIENCE_S = 3600.0
GUARDS = (guard(), guard(Metric.P99, limit=500.0), guard(Metric.RPS, limit=2000.0))
GUARDED, BARE = (
    plan(
        *(stage(weight, *guards) for weight in WEIGHTS),
        interval_s=SCRAPE_S,
        patience_s=PATIENCE_S,
    )
    for guards in (GUARDS, ())
)
JUDGE = Judge(slo=Slo(error_rate=0.05), block_s=SCRAPE_S)
PLANS = {
    "guards": GUARDED,
    "judge": replace(BARE, judge=JUDGE),
    "both": replace(GUARDED, judge=JUDGE),
}
ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA, reason="pager")

BEGINS_S = 12.0
AGAIN_S, ASKED_S = 2.0, 6.0
"""So long after the step forward the fault comes again, and after that a person asks for the rollback."""
LONGEST_S = 600.0


class Tick(Struct, frozen=True, kw_only=True):
    """What was seen, and how many requests there were by then."""

    sample: Sample
    served: tuple[float, float]


class Course(Struct, frozen=True, kw_only=True):
    """How it went."""

    fault: Fault
    written: list[tuple[float, int]]
    line: str
    """What the operator read just before the fault was over."""
    ended_s: float
    asked_s: float
    ticks: list[Tick]
    """Those before the step forward."""

    @property
    def moved(self) -> list[int]:
        """The weights that were written while the fault lasted."""
        return [weight for at, weight in self.written if BEGINS_S <= at <= self.ended_s]


async def driven(fault: Fault, of: Plan, folder: Path) -> Course:
    """Drive a release past a fault; when it has gone on, let the fault come again and a person roll back.

    Each stage is held for as long as the fault lasts, so that the first step forward would fall into it.
    """
    loop = asyncio.get_running_loop()
    with _stand(_held(of, fault.lasts_s), folder) as (stand, wire):
        ticks = _ticks(stand, wire.mesh)
        running = asyncio.ensure_future(stand.run())
        await asyncio.sleep(BEGINS_S)
        fault.begin(wire)
        await asyncio.sleep(fault.lasts_s)
        line, ended_s = explain(stand.worker.release, now=stand.book.now()).text, loop.time()
        fault.end(wire)
        await _until(lambda: 50 in _weights(stand))
        seen = [*ticks]
        await asyncio.sleep(AGAIN_S)
        fault.begin(wire)
        await asyncio.sleep(ASKED_S)
        asked_s = loop.time()
        assert stand.worker.take(ROLL_BACK) == ""
        await _until(lambda: 0 in _weights(stand))
        fault.end(wire)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    return Course(
        fault=fault, written=stand.router.written, line=line, ended_s=ended_s, asked_s=asked_s, ticks=seen
    )


def _held(of: Plan, hold_s: float) -> Plan:
    return replace(of, stages=tuple(replace(each, hold_s=hold_s) for each in of.stages))


@contextmanager
def _stand(of: Plan, folder: Path) -> Iterator[tuple[Stand, Wire]]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, PatientLoop)
    world = World()
    wire = Wire(Mesh(clock=loop.time, weight=lambda: world.router.weight))
    loop.unanswered = lambda: wire.hanging
    with wire:
        reached = replace(of, metrics=replace(of.metrics, prometheus=wire.url))
        pods = named(*wire.mesh.pods)
        source = PrometheusSource(reached, Prometheus(wire.url), pods=pods, clock=loop.time)
        world.source = source  # type: ignore[assignment]  # the real one in the toy's place
        yield Stand(folder, reached, world=world), wire


def _ticks(stand: Stand, mesh: Mesh) -> list[Tick]:
    """Note each tick as it comes."""
    ticks: list[Tick] = []

    def note(record: ev.Record) -> None:
        if isinstance(record.event, ev.SampleTaken):
            ticks.append(Tick(sample=record.event.sample, served=(mesh.served[V1], mesh.served[V2])))

    stand.book.add_listener(note)
    return ticks


def _weights(stand: Stand) -> list[int]:
    return [weight for _at, weight in stand.router.written]


async def _until(come: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_S):
        while not come():  # noqa: ASYNC110 - in virtual time, where asking costs nothing
            await asyncio.sleep(1.0)
