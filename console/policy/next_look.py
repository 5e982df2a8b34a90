"""When to look again: sooner where a look was suspicious."""

from __future__ import annotations

from console.evidence import Sample

SUSPICIOUS_S = 1.0
"""Between two looks while something looks like gross damage, seconds: no plan may ask for less."""


def next_look_s(sample: Sample, *, interval_s: float) -> float:
    """Return the time from this look to the next one; `interval_s` is the plan's."""
    # Stretches come with a sample only where something looks like gross damage (`metrics`).
    return min(SUSPICIOUS_S, interval_s) if sample.stretches else interval_s
