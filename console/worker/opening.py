"""The first records of a worker: of a new release, or of one whose worker died."""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec.structs import replace

from console.command import Command
from console.host.order import Order
from console.identity import missing_here
from console.policy.permit import bounded, event_for
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release
from console.version import VERSION


def opening(
    order: Order, *, cluster: str, leased: bool, replaced: ev.JournalReplaced | None = None
) -> Iterator[ev.AnyEvent]:
    """Open a new release; `replaced` says what was found in the place of its journal."""
    yield ev.ReleaseOpened(
        format=ev.FORMAT,
        release=order.release,
        plan=order.plan,
        person=order.person,
        pithead=VERSION,
        cluster=cluster,
        attended=order.attended,
        leased=leased,
        goes_back=bool(order.first),
        resolved=order.reach.resolved,
        undoes=order.undoes,
        in_place_of=order.in_place_of,
        watches_back=True,
        shown=order.shown,
    )
    if not order.leased:
        yield ev.LeaseWaived(person=order.person, reason=bounded(order.reason))
    if replaced is not None:
        yield replaced
    if order.in_place_of is not None and order.reach.identity is not None:
        yield ev.Identified(cluster=order.reach.identity.cluster, route=order.reach.identity.route)
    yield from _first_of_all(order)


def taking_up(order: Order, *, torn_bytes: int) -> Iterator[ev.AnyEvent]:
    """Go on with a release; `torn_bytes` is what the crash had left of a last record."""
    resolved = order.reach.resolved
    yield ev.WorkerResumed(
        person=order.person,
        pithead=VERSION,
        attended=order.attended,
        torn_bytes=torn_bytes,
        goes_back=bool(order.first),
        looks_first=True,
        missing=tuple(missing_here(resolved, os.environ)) if resolved else (),
    )
    yield from _first_of_all(order)


def known_by_order(order: Order, *, at: float, last_number: int) -> Release:
    """Make a release of its order alone, without its journal: enough for a rollback.

    `last_number` is no smaller than the number of any write so far.
    """
    opened, *_ = opening(order, cluster="", leased=order.leased)
    release = fold(None, ev.Record(n=1, at=at, event=opened))
    return replace(release, last_number=last_number)


def _first_of_all(order: Order) -> Iterator[ev.AnyEvent]:
    if order.first:
        yield event_for(Command.ROLL_BACK, order.person, reason=order.reason)
