"""The demo's release as its screen reads it: first the laboratory that comes up, then the journal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from console.host.launch import start_worker
from console.host.order import Order, Reach
from console.host.person import who_is_there
from console.host.places import journal_of
from console.journal import Tail
from console.lab.lab import RunningLab
from console.lab.order import PARTS, PROMETHEUS
from console.lab.topology import NAMESPACE
from console.plan.model import Plan
from console.release.events import Record
from screens.event_log import Entry
from themes.ink import Ink


def order_in(lab: RunningLab, plan: Plan, folder: Path, *, attended: bool) -> Order:
    """Order the release of a plan in a laboratory that is ready."""
    return Order(
        release=folder.name,
        plan=replace(
            plan,
            namespace=plan.namespace or NAMESPACE,
            metrics=replace(plan.metrics, prometheus=lab.addresses.prometheus),
        ),
        reach=Reach(kubeconfig=str(lab.addresses.kubeconfig)),
        person=who_is_there(),
        attended=attended,
        laboratory=True,
    )


class DemoRelease:
    """The journal of a release whose worker is started once its laboratory is ready."""

    unread_bytes = 0
    """Every poll gives all there is."""

    def __init__(self, lab: RunningLab, plan: Plan, folder: Path) -> None:
        self._lab = lab
        self._plan = plan
        self._folder = folder
        self._tail = Tail(journal_of(folder))
        self._began = time.time()
        self._came: dict[str, float] = {}
        self.started = False
        """Whether the release has begun."""

    def poll(self) -> Sequence[Record]:
        """Give what is new; raises UsageError where there will be no laboratory."""
        if not self.started:
            ready = self._lab.ready()
            self._came |= {name: time.time() for name in self._lab.parts if name not in self._came}
            if ready:
                start_worker(order_in(self._lab, self._plan, self._folder, attended=True), self._folder)
                self.started = True
        return self._tail.poll()

    @property
    def coming_up(self) -> Sequence[Entry]:
        """One line a part of the laboratory: what is there, and what is still waited for."""
        worker = "the release's worker"
        parts = [self._entry(name) for name in PARTS]
        state = "starting" if self.started else "once all of this is there"
        return [*parts, Entry(at=self._began, text=f"{worker}: {state}", ink=Ink.DIM)]

    def _entry(self, name: str) -> Entry:
        at = self._came.get(name)
        if at is None:
            return Entry(at=self._began, text=f"{name}: starting", ink=Ink.DIM)
        kind = f" ({self._lab.addresses.prometheus_kind})" if name == PROMETHEUS and self.started else ""
        return Entry(at=at, text=f"{name}{kind}: ready after {at - self._began:.1f} s", ink=Ink.TEXT)
