"""A bar: what was asked, what was measured, and whether chance could have made the difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from tests.bench_judge.releases import Floats

_UNLIKELY = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of the table of bars."""

    name: str
    what: str
    goal: str
    figure: str
    met: bool
    strain: float = 0.0
    """How near it comes to its goal: 1 is there, more is beyond."""
    broken: bool = False
    """Whether so few releases say clearly that it is missed: chance alone would do it once in a thousand."""


def at_most_share(name: str, what: str, *, hits: int, count: int, limit: float) -> Bar:
    """Hold a share of releases under a limit."""
    return Bar(
        name=name,
        what=what,
        goal=f"<= {100 * limit:g} %",
        figure=f"{100 * hits / count:.2f} %",
        met=hits <= limit * count,
        strain=hits / count / limit,
        broken=_tail(hits, count, limit),
    )


def at_least_share(name: str, what: str, *, hits: int, count: int, limit: float) -> Bar:
    """Hold a share of releases above a limit."""
    return Bar(
        name=name,
        what=what,
        goal=f">= {100 * limit:g} %",
        figure=f"{100 * hits / count:.1f} %",
        met=hits >= limit * count,
        strain=(1 - hits / count) / (1 - limit),
        broken=_tail(count - hits, count, 1 - limit),
    )


def median_and_p90(name: str, what: str, delays_s: Floats, *, goals_s: tuple[float, float]) -> Bar:
    """Hold the median and the 90th percentile of delays; what was never found is infinitely late."""
    found = [quantile_s(delays_s, share) for share in (0.5, 0.9)]
    late = [int((delays_s > goal).sum()) for goal in goals_s]
    return Bar(
        name=name,
        what=what,
        goal="/".join(f"{goal:g}" for goal in goals_s) + " s",
        figure="/".join(f"{delay:g}" for delay in found) + " s",
        met=all(delay <= goal for delay, goal in zip(found, goals_s, strict=True)),
        broken=_tail(late[0], delays_s.size, 0.5) or _tail(late[1], delays_s.size, 0.1),
    )


def quantile_s(delays_s: Floats, share: float) -> float:
    """Give the delay within which this share of the releases was found."""
    return float(np.sort(delays_s)[max(0, int(np.ceil(share * delays_s.size)) - 1)])


def at_most(name: str, what: str, value: float, limit: float, *, unit: str = "", slack: float = 0.25) -> Bar:
    """Hold a figure under a limit; few releases may miss it by the slack, a part of the limit."""
    return Bar(
        name=name,
        what=what,
        goal=f"<= {limit:g}{unit}",
        figure=f"{value:.3g}{unit}",
        met=value <= limit,
        strain=value / limit,
        broken=value > limit * (1 + slack),
    )


def _tail(hits: int, count: int, share: float) -> bool:
    return bool(binom.sf(hits - 1, count, share) < _UNLIKELY)
