"""Pasts of stable for tests: calm ones, made without chance."""

from __future__ import annotations

from console.evidence import Counts, History, PodMinute
from tests.releases import BOUNDS_MS


def even(
    *, requests: float = 600.0, errors: float = 0.0, slow: float = 0.0, pods: int = 4, minutes: int = 60
) -> History:
    """Every pod counts the same in every minute; `slow` requests take 250 to 500 ms, the rest 10 to 25."""
    latency = [0.0] * (len(BOUNDS_MS) + 1)
    latency[1], latency[5] = requests - slow, slow
    counts = Counts(requests=requests, errors_5xx=errors, latency=tuple(latency))
    minute = tuple(PodMinute(pod=f"pod-{pod}", counts=counts) for pod in range(pods))
    return History(bounds_ms=BOUNDS_MS, minutes=(minute,) * minutes)
