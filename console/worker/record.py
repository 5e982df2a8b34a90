"""What a release that is gone on with was resolved to: an order may be older than what its journal says."""

from __future__ import annotations

from msgspec.structs import replace

from console.host.order import Order, Reach
from console.release.state import Release

NO_CONTEXT = ("", "unreachable", "in-cluster")
"""What stands in the place of a context's name where there was none."""


def by_the_record(order: Order, release: Release | None) -> Order:
    """Return the order as its release's record has it; a new release goes by its order."""
    if release is None:
        return order
    return replace(order, plan=release.plan, reach=_reach(order.reach, release))


def _reach(reach: Reach, release: Release) -> Reach:
    """Return how the release's cluster is reached: where a person named another way in, by that one."""
    resolved = reach.resolved or release.resolved
    context = reach.context
    if resolved is None and context is None and release.cluster not in NO_CONTEXT:
        context = release.cluster  # all that older records say; the current context may be any other
    return replace(reach, resolved=resolved, context=context, identity=release.identity or reach.identity)
