"""What can be wrong with a version of the lab's service."""

from __future__ import annotations

from msgspec import Struct

GRPC_UNAVAILABLE = 298
"""Stands for HTTP 200 with gRPC's status 14, which the lab's Prometheus makes of it."""
UNANSWERED = 299
"""Stands for no answer: the lab's Prometheus makes of it a failed connection, as only the caller sees it."""


class Faults(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The faults of one version that hold now; the defaults are a healthy service."""

    error_ratio: float = 0.0
    """Answers that fail with a 500, beside the few that always do."""
    grpc_ratio: float = 0.0
    """gRPC calls that fail as UNAVAILABLE."""
    unanswered_ratio: float = 0.0
    """Requests that never arrive, as their callers see it."""
    latency_factor: float = 1.0
    order_factor: float = 1.0
    """So many times as many of the served requests end in an order."""
    crash: bool = False
    """The process exits a moment after it has learnt this, and again each time that it is started."""


HEALTHY = Faults()
