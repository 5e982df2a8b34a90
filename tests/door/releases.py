"""A whole release in virtual time whose Prometheus stands behind a door of real HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

from msgspec import UNSET, Struct
from msgspec.structs import replace

from console.cluster.api import PassesOn
from console.metrics.evidence_source import PrometheusSource
from console.metrics.prometheus import Prometheus
from console.plan.access import Access
from console.release import events as ev
from tests.faults.patient_time import PatientLoop
from tests.faults.prometheus_wire import SCRAPE_S, Answer, Mesh, Wire
from tests.metrics.http_fake import Asked, FakePrometheus
from tests.metrics.scripted import named
from tests.releases import guard, plan, stage
from tests.worker.ports import Stand, World

Porter = Callable[[Asked], Answer | None]


class Ended(Struct, frozen=True, kw_only=True):
    """A release that has ended, and what was asked on its way."""

    code: int
    records: list[ev.Record]
    asked: FakePrometheus

    @property
    def troubles(self) -> list[str]:
        """What the looks that showed nothing said, each once, in order."""
        samples = [each.event.sample for each in self.records if isinstance(each.event, ev.SampleTaken)]
        return list(dict.fromkeys(each.trouble for each in samples if each.blind))

    @property
    def weights(self) -> list[int]:
        """The weights that were in force."""
        return [each.event.weight for each in self.records if isinstance(each.event, ev.WeightConfirmed)]

    @property
    def confirmed_at(self) -> dict[int, float]:
        """When each weight came into force."""
        return {
            each.event.weight: each.at for each in self.records if isinstance(each.event, ev.WeightConfirmed)
        }

    @property
    def refused(self) -> list[str]:
        """What the preflight found wrong."""
        (done,) = [each.event for each in self.records if isinstance(each.event, ev.PreflightDone)]
        return [check.words for check in done.checks if not check.ok]


def _mesh(clock: Callable[[], float], weight: Callable[[], int]) -> Mesh:
    return Mesh(clock=clock, weight=weight)


async def released(
    folder: Path,
    access: Access | None,
    *,
    porter: Porter = lambda _asked: None,
    tls: ssl.SSLContext | None = None,
    during: Callable[[Wire], None] | None = None,
    behind: Callable[[Wire], None] | None = None,
    hold_s: float = 2 * SCRAPE_S,
    scheme: str = "",
    cluster: Callable[[str], PassesOn] | None = None,
    mesh: Callable[[Callable[[], float], Callable[[], int]], Mesh] = _mesh,
) -> Ended:
    """Drive a release to its end.

    `cluster` makes the way through an API server at the URL, for a Service. `during` is done to the way once
    the first weight is in force, and `behind` once that is back at 0.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, PatientLoop)
    world = World()
    wire = Wire(mesh(loop.time, lambda: world.router.weight), tls=tls)
    wire.porter = porter
    with wire:
        of = plan(
            *(stage(weight, guard(), hold_s=hold_s) for weight in (20, 100)),
            interval_s=SCRAPE_S,
            patience_s=8 * SCRAPE_S,
        )
        url = wire.url.replace("http", scheme, 1) if scheme else wire.url
        reached = replace(of, metrics=replace(of.metrics, prometheus=url, access=access or UNSET))
        found = Prometheus.of(reached.metrics, cluster=cluster(wire.url) if cluster else None)
        source = PrometheusSource(reached, found, pods=named(*wire.mesh.pods), clock=loop.time)
        world.source = source  # type: ignore[assignment]  # the real one in the toy's place
        stand = Stand(folder, reached, world=world)
        turns = {20: during, 0: behind}

        def note(record: ev.Record) -> None:
            if isinstance(record.event, ev.WeightConfirmed) and (
                turn := turns.pop(record.event.weight, None)
            ):
                turn(wire)

        stand.book.add_listener(note)
        code = await stand.run()
        return Ended(code=code, records=stand.records, asked=wire.asked)
