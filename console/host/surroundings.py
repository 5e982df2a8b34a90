"""The environment in which a release goes on: what decides where its calls go is as it was when it began.

A shell, a systemd unit and a pipeline have other proxies, other certificate authorities and another
KUBECONFIG. Credentials are never kept: they are those of whoever goes on with the release.
"""

from __future__ import annotations

import os

from console.host.order import Order
from console.identity import as_it_was


def environment_for(order: Order) -> dict[str, str]:
    """Give this process' environment with what the order's release was resolved by."""
    resolved = order.reach.resolved
    return as_it_was(resolved, os.environ) if resolved else dict(os.environ)


def enter(order: Order) -> None:
    """Make this process' environment that of the order, for a release that is gone on with right here."""
    wanted = environment_for(order)
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)
