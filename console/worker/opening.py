"""The first records of a worker: of a new release, or of one whose worker died."""

from __future__ import annotations

from collections.abc import Iterator

from console.host.order import Order
from console.release import events as ev
from console.version import VERSION


def opening(order: Order, *, cluster: str, leased: bool) -> Iterator[ev.AnyEvent]:
    """Open a new release."""
    yield ev.ReleaseOpened(
        format=ev.FORMAT,
        release=order.release,
        plan=order.plan,
        person=order.person,
        pithead=VERSION,
        cluster=cluster,
        attended=order.attended,
        leased=leased,
    )
    if not order.leased:
        yield ev.LeaseWaived(person=order.person, reason=order.reason)


def taking_up(order: Order, *, torn_bytes: int) -> Iterator[ev.AnyEvent]:
    """Go on with a release; `torn_bytes` is what the crash had left of a last record."""
    yield ev.WorkerResumed(
        person=order.person, pithead=VERSION, attended=order.attended, torn_bytes=torn_bytes
    )
