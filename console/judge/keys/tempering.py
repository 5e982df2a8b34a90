"""Tempering: evidence is raised to a power below 1, for requests are less independent than they seem.

Three things are known of it before a block is split: how stable's own pods shared bad requests in the hour
before, how much stable's share moves in this release beyond what that hour explains, and how the versions'
difference has jumped. Past blocks say it, and of the block itself its sizes and how many requests went
bad in all. Given these the power is fixed, so a fair bet stays fair (Jensen's inequality).
"""

from __future__ import annotations

from console.evidence import MINUTE_S
from console.judge.keys.channels import Split
from console.judge.keys.noise import Noise
from console.judge.keys.nonstationary import Restless
from console.judge.keys.overdispersion import Scatter, excess

GROWN = 2.0
"""A burst factor that the release shows counts from this many times the hour's on; less may be chance."""


def tempering(*, noise: Noise, restless: Restless, scatter: Scatter, split: Split, span_s: float) -> float:
    """Return what the log gains of a block are divided by, at least 1."""
    # The two are added, not multiplied: bursts and jumps are separate sources of variance, and variances add.
    burst = burst_now(noise, restless, span_s=span_s)
    return burst + excess(scatter, split, burst=burst)


def burst_now(noise: Noise, restless: Restless, *, span_s: float) -> float:
    """Return stable's burst factor: that of the hour before, or a larger one where the release shows it."""
    # What the service goes through together grows with the time between two looks; the part of it that the
    # hour showed from minute to minute is scaled down to a block, and only what is beyond it can be bursts.
    moved = max(0.0, noise.restless - noise.burst) * min(1.0, span_s / MINUTE_S)
    # The lower end again: tempering on what is perhaps chance would make every calm release slower to judge.
    seen = restless.low - moved
    return seen if seen > GROWN * noise.burst else noise.burst
