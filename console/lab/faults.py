"""What can be wrong with a version of the lab's service."""

from __future__ import annotations

from msgspec import Struct


class Faults(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The faults of one version that hold now; the defaults are a healthy service."""

    error_ratio: float = 0.0
    """Answers that fail with a 500, beside the few that always do."""
    latency_factor: float = 1.0
    order_factor: float = 1.0
    """So many times as many of the served requests end in an order."""
    crash: bool = False
    """The process exits a moment after it has learnt this, and again each time that it is started."""


HEALTHY = Faults()
