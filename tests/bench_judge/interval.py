"""How often the shown 95 % interval ever misses the true uplift of the error rate, in whole releases."""

from __future__ import annotations

import numpy as np

from console.judge.keys.estimate import ENOUGH_BLOCKS, MISS
from console.judge.keys.settings import Settings
from tests.bench_judge.blocks import Blocks, blocks_of
from tests.bench_judge.ours import past_of
from tests.bench_judge.releases import Flags, Floats, Releases

_PRIOR = 5.0
_MIXTURE = 10.0


def ever_missed(releases: Releases, *, uplift: float) -> Flags:
    """Tell of each release whether its interval excluded `uplift` after any block in which it was shown."""
    past = past_of(releases, Settings())
    low, high, shown = intervals(blocks_of(releases, past.layout), burst=past.noise.burst[:, 0])
    outside: Flags = (low > uplift) | (high < uplift)
    return np.asarray(np.any(outside & shown, axis=1))


def intervals(blocks: Blocks, *, burst: Floats) -> tuple[Floats, Floats, Flags]:
    """Give the interval's ends after each block, and whether it is shown: `console.judge.keys.estimate`."""
    n1, n2 = blocks.stable.requests, blocks.canary.requests
    x1, x2 = (side.bad[..., 0] * ((n1 > 0) & (n2 > 0)) for side in (blocks.stable, blocks.canary))
    n = np.maximum(n1 + n2, 1.0)
    weight = n1 * n2 / n
    difference = (x2 * n1 - x1 * n2) / n
    weights = np.cumsum(weight, axis=1)
    some = np.maximum(weights, 1e-300)
    uplift = np.cumsum(difference, axis=1) / some
    variance = np.cumsum((n1**2 * x2 + n2**2 * x1) / n**2, axis=1)
    scatter = _scatter(difference, weight, uplift)
    widened = np.maximum(burst[:, None], (scatter + _PRIOR) / (variance + _PRIOR))
    spread = widened * (variance + 1)
    logs = np.log(2 / MISS) + np.log1p(spread / _MIXTURE) / 2
    half = (np.sqrt(2 * spread * logs) + widened * logs / 2) / some
    stable = np.cumsum(n2 * x1 / n, axis=1) / some
    shown = (np.cumsum(x2 > 0, axis=1) >= ENOUGH_BLOCKS) & (weights > 0)
    return np.maximum(uplift - half, -stable), np.minimum(uplift + half, 1.0), shown


def _scatter(difference: Floats, weight: Floats, uplift: Floats) -> Floats:
    squares = np.cumsum(difference**2, axis=1)
    crossed = np.cumsum(difference * weight, axis=1)
    scatter: Floats = squares - 2 * uplift * crossed + uplift**2 * np.cumsum(weight**2, axis=1)
    return scatter
