"""The way back: from the canary turning bad to the last answer that a user gets from it."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import msgspec
from msgspec import Struct

from console.lab.faults import HEALTHY, Faults
from console.lab.lab import start_lab
from console.lab.order import LabOrder
from console.lab.request_log import read_ledger
from console.lab.topology import CANARY, LOOPBACK, cluster
from console.release.events import ReleaseEnded, RollbackDecided, SampleTaken, WeightConfirmed
from tests.bench.figure import Figure, median, spread
from tests.lab.test_lab import call
from tests.processes.background import Background, demo_plan, one_stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from console.lab.order import LabAddresses
    from console.lab.request_log import Response

ROLLBACKS = 12
WEIGHT = 50
RPS = 400.0
BAD = Faults(error_ratio=0.3)
SEEN_TICKS = 5
"""Healthy ticks before the canary turns bad: a release that has been watching for a while."""
REST_S = 1.0
GOAL_MS = 50.0


class Moments(Struct, frozen=True, kw_only=True):
    """When what happened in one rollback, epoch seconds."""

    bad: float
    decided: float
    confirmed: float


class WayBack(Struct, frozen=True, kw_only=True):
    """One rollback, as the canary's users saw it; milliseconds from the decision on."""

    detection_s: float
    confirmed_ms: float
    last_sent_ms: float
    """To the last request that went to the canary: what is answered later was on its way already."""
    last_answered_ms: float


def measure() -> Iterator[Figure]:
    """Let the same small release go wrong again and again."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab(LabOrder(scenario="healthy", folder=Path(folder, "lab"), rps=RPS)) as lab,
    ):
        happened = [_roll_back(lab.addresses, Path(folder, f"release-{n}")) for n in range(ROLLBACKS)]
        ledger = read_ledger(lab.addresses.ledger)
    found = [_way_back(moments, ledger) for moments in happened]
    how = f"{ROLLBACKS} rollbacks by a guard from {WEIGHT}% at {RPS:.0f} requests a second"
    yield from _figures(found, how=how)


def _figures(found: Sequence[WayBack], *, how: str) -> Iterator[Figure]:
    action = [one.last_answered_ms for one in found]
    yield Figure(
        what="way back, action: decision to the canary's last answer",
        value=median(action),
        unit="ms",
        below=GOAL_MS,
        detail=f"{how}: {spread(action)}",
    )
    for what, values in (
        ("  decision to the canary's last request", [one.last_sent_ms for one in found]),
        ("  decision to the router's confirmation", [one.confirmed_ms for one in found]),
        ("way back, detection: fault to decision", [one.detection_s * 1000 for one in found]),
    ):
        yield Figure(what=what, value=median(values), unit="ms", detail=spread(values))


def _roll_back(lab: LabAddresses, folder: Path) -> Moments:
    plan = one_stage(demo_plan(lab), weight=WEIGHT)
    with Background(plan, kubeconfig=lab.kubeconfig, folder=folder) as release:
        release.until(SampleTaken, count=SEEN_TICKS)
        time.sleep(random.random())  # the canary turns bad at any moment between two ticks
        bad = time.time()
        _suffer(lab, BAD)
        decided, _ = release.until(RollbackDecided)
        confirmed, _ = release.until(WeightConfirmed, count=2)
        release.until(ReleaseEnded)
        release.gone()
    _suffer(lab, HEALTHY)
    time.sleep(REST_S)
    return Moments(bad=bad, decided=decided, confirmed=confirmed)


def _suffer(lab: LabAddresses, faults: Faults) -> None:
    """Tell the canary's own process, at the address that Envoy sends its requests to."""
    clusters = call(f"{lab.envoy_admin}/clusters?format=json")["cluster_statuses"]
    (canary,) = (one for one in clusters if one["name"] == cluster(CANARY))
    port = canary["host_statuses"][0]["address"]["socket_address"]["port_value"]
    with urlopen(f"http://{LOOPBACK}:{port}/lab/faults", data=msgspec.json.encode(faults), timeout=10):
        pass


def _way_back(moments: Moments, ledger: Sequence[Response]) -> WayBack:
    served = [one for one in ledger if one.version == CANARY and one.sent_at < moments.confirmed + REST_S]
    last_sent = max(one.sent_at for one in served)
    last_answered = max(one.at for one in served)
    return WayBack(
        detection_s=moments.decided - moments.bad,
        confirmed_ms=(moments.confirmed - moments.decided) * 1000,
        last_sent_ms=(last_sent - moments.decided) * 1000,
        last_answered_ms=(last_answered - moments.decided) * 1000,
    )
