"""Everything outside that a worker touches, each behind a protocol of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from console.evidence import Pods
from console.identity import ClusterId, Identity
from console.metrics.source import Source
from console.traffic.router import Router
from console.worker.lease import Lease


class PodsWatch(Protocol):
    """Looks at the pods of one version."""

    async def look(self, *, deadline_s: float) -> Pods:
        """Count pods, ready ones and restarts; raises `ClusterError` where they can't be read."""


async def _unknown() -> str:
    return ""


async def _unidentified() -> ClusterId:
    return ClusterId()


def _hold_to_none(_identity: Identity) -> None:
    """Hold nothing against it."""


class Ports(Struct, frozen=True, kw_only=True):
    """Everything outside that a worker touches."""

    router: Router
    source: Callable[[], Source]
    """Gives where the evidence comes from, made when it is asked for first: no way back imports it."""
    stable_pods: PodsWatch
    canary_pods: PodsWatch
    cluster: str
    """What the cluster is called, for the record."""
    lease: Lease | None = None
    """None where a person runs without one."""
    account: Callable[[], Awaitable[str]] = _unknown
    """Asks the cluster for our account there."""
    identify: Callable[[], Awaitable[ClusterId]] = _unidentified
    """Asks the cluster for its identity; raises `ClusterError` where it does not answer."""
    hold_to: Callable[[Identity], None] = _hold_to_none
    """Holds each later login against this: one that leads elsewhere is not used."""
