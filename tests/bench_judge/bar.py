"""A bar: what was asked, what was measured, and whether chance could have made the difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tests.bench_judge.releases import Floats

_UNLIKELY = 1e-3
_SELDOM = 0.05
_SAME_TIME = 0.05
"""Two kinds of releases are found as soon where their mean delays differ by no more than this part."""


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
        strain=hits / count / limit if limit else float(hits > 0) * 2,
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


def no_more_often(name: str, what: str, *, hits: int, usual: int, count: int) -> Bar:
    """Hold a share of releases to what another judge comes to: not above it but by chance.

    Were both as likely, as many more would be seen once in twenty times at least.
    """
    by_chance = _chance(hits, hits + usual, 0.5)
    return Bar(
        name=name,
        what=what,
        goal=f"as {100 * usual / count:.3f} %",
        figure=f"{100 * hits / count:.3f} %",
        met=by_chance >= _SELDOM,
        strain=hits / max(1, usual),
        broken=by_chance < _UNLIKELY,
    )


def as_soon(name: str, what: str, delays_s: Floats, usual_s: Floats) -> Bar:
    """Hold a mean delay to that of other releases; what chance may add is in the interval of 95%."""
    ratio = float(delays_s.mean() / usual_s.mean())
    spreads = [each.std() / each.mean() / math.sqrt(each.size) for each in (delays_s, usual_s)]
    error = 1.96 * ratio * math.hypot(*spreads)
    return Bar(
        name=name,
        what=what,
        goal=f"<= {1 + _SAME_TIME:g} times",
        figure=f"{ratio:.3f} (+-{error:.3f})",
        met=ratio <= 1 + _SAME_TIME,
        strain=ratio / (1 + _SAME_TIME),
        broken=ratio - 2 * error > 1 + _SAME_TIME,
    )


def _tail(hits: int, count: int, share: float) -> bool:
    return _chance(hits, count, share) < _UNLIKELY


def _chance(hits: int, count: int, share: float) -> float:
    """Give how likely so many hits are, or more."""
    from scipy.stats import binom  # noqa: PLC0415 - takes a second to import

    return float(binom.sf(hits - 1, count, share))
