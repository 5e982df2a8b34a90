"""The rules of thresholds in use today, as their code decides: Flagger, Argo Rollouts, rules for N minutes.

Each gives the tick of the release, from 0, at whose end it rolls a release back, or `NEVER`. All stop where
the canary has all the traffic. Flagger: `pkg/controller/scheduler.go` counts failed checks without ever
forgetting one and tests the count before it makes the next check; no value is a failed check. Argo Rollouts:
`analysis/analysis.go` fails a metric at more than `failureLimit` failed measurements, NaN included, and at
more than four consecutive errors, which are retried every ten seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.bench_judge.releases import Counted, Flags, Floats
from tests.bench_judge.windows import Windows
from tests.bench_judge.worlds import TICK_S

NEVER = np.iinfo(np.int64).max
_P99_LIMIT_MS = 500
_ERROR_RETRY_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagger:
    """Success of at least 99 % and a P99 of at most 500 ms of the canary alone."""

    name: str
    interval_s: int
    threshold: int

    def decide(self, seen: Windows) -> Counted:
        """Roll back in the run after the one that reached the threshold."""
        step = self.interval_s // TICK_S
        failed = ~_passes(seen, success=0.99) | ~seen.reachable
        runs = failed[:, step - 1 :: step]
        enough = np.cumsum(runs, axis=1) >= self.threshold
        run = first(enough)
        return np.where(run < runs.shape[1] - 1, (run + 2) * step - 1, NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argo:
    """A measurement a minute of the canary's success and P99; aborts at the fourth failure of one."""

    name: str
    success: float
    interval_s: int = 60
    failure_limit: int = 3
    error_limit: int = 4

    def decide(self, seen: Windows) -> Counted:
        """Walk through the ticks: an error brings the next measurement forward."""
        with np.errstate(invalid="ignore"):
            metrics = (seen.canary_errors <= 1 - self.success, seen.canary_p99_ms <= _P99_LIMIT_MS)
        return np.minimum(*(self._abort(~passes, seen.reachable) for passes in metrics))

    def _abort(self, fails: Flags, reachable: Flags) -> Counted:
        count, ticks = fails.shape
        due = np.full(count, self.interval_s // TICK_S - 1)
        failures, errors = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        stop = np.full(count, NEVER)
        for tick in range(ticks):
            measured = due == tick
            lost = measured & ~reachable[:, tick]
            failures += measured & reachable[:, tick] & fails[:, tick]
            errors = np.where(lost, errors + 1, np.where(measured, 0, errors))
            due = np.where(
                lost,
                tick + _ERROR_RETRY_S // TICK_S,
                np.where(measured, tick + self.interval_s // TICK_S, due),
            )
            over = (failures > self.failure_limit) | (errors > self.error_limit)
            stop = np.where(over & (stop == NEVER), tick, stop)
        return stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Limits on the canary and ratios that must hold for ten minutes, looked at every tick."""

    name: str
    limits: bool
    for_s: int = 600

    def decide(self, seen: Windows) -> Counted:
        """Roll back at the first tick at which a rule fires; without data none does."""
        with np.errstate(invalid="ignore"):
            errors = seen.canary_errors > 2 * seen.stable_errors
            slower = seen.canary_p99_ms > 1.2 * seen.stable_p99_ms
            uplift = seen.canary_errors - seen.stable_errors > 0.005
            beyond = (seen.canary_errors > 0.01) | (seen.canary_p99_ms > _P99_LIMIT_MS) | uplift
        ticks = self.for_s // TICK_S
        fires = _lasting(errors & seen.reachable, ticks) | _lasting(slower & seen.reachable, ticks)
        return first(fires | (beyond & seen.reachable) if self.limits else fires)


def _passes(seen: Windows, *, success: float) -> Flags:
    with np.errstate(invalid="ignore"):
        passes: Flags = (seen.canary_errors <= 1 - success) & (seen.canary_p99_ms <= _P99_LIMIT_MS)
    return passes


def _lasting(flags: Flags, ticks: int) -> Flags:
    """Tell at each tick whether this held for so many ticks up to it."""
    total = np.cumsum(np.concatenate([np.zeros((len(flags), ticks), dtype=bool), flags], axis=1), axis=1)
    lasting: Flags = total[:, ticks:] - total[:, :-ticks] >= ticks
    return lasting


def first(flags: Flags) -> Counted:
    """Give the index of each row's first flag, or `NEVER`."""
    return np.where(flags.any(axis=1), flags.argmax(axis=1), NEVER)


def delays_s(stop: Counted, *, onset_s: float = 0.0) -> Floats:
    """Give the seconds from the onset to each decision; infinite where there was none."""
    return np.where(stop < NEVER, (np.minimum(stop, NEVER - 1).astype(float) + 1) * TICK_S - onset_s, np.inf)
