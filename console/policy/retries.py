"""When a write that failed, or that hangs, is tried again: a way back sooner than a way forward."""

from __future__ import annotations

from console.release.parts import Rollback, Write
from console.release.state import Phase, Release

LONGEST_WAIT_S = 60.0
"""Seconds, at most, that a way forward waits where the API server asks for a pause."""


def retry_after_s(release: Release) -> float:
    """Return how long to wait after the last failed write, seconds.

    A way forward waits for as long as the API server asks. A rollback waits a second at most, and never
        gives up.
    """
    failure = release.failure
    times = failure.times if failure else 0
    # An overloaded API server asks for patience with Retry-After. For a way forward that is right; on the way
    # back each second costs users, and one small write a second is no load.
    if release.phase is Phase.ROLLING_BACK:
        return min(0.1 * 2.0 ** max(0, times - 1), 1.0)
    asked_s = min(failure.wait_s, LONGEST_WAIT_S) if failure else 0.0
    # Ten seconds at most, so that a release goes on soon after its API server does.
    return max(min(0.5 * 2.0 ** max(0, times - 1), 10.0), asked_s)


def overdue_after_s(release: Release) -> float:
    """Return how long the last write of a rollback is waited for, seconds; then another follows beside it.

    The writes are conditional on one version, so that one of them at most is done.
    """
    # A connection whose other end is gone takes minutes to say so. The second write goes by a new one, half a
    # second behind; each further one waits longer, for then it is not the connection.
    return min(0.5 * len(ways_back(release)), 2.0)


LONGEST_PACE_S = 2.0
"""Seconds, at most, before a rollback that is overwritten again and again is written anew.

Each answer costs the API server a write, and each delay costs users that time."""


def fights_after_s(rollback: Rollback) -> float:
    """Return how long an overwritten rollback waits before it is written again, seconds; 0 the first time."""
    # The first time users wait for nothing. Who does it again is a controller, and would be fought at full
    # speed.
    if rollback.overwritten <= 1:
        return 0.0
    return min(0.25 * 2.0 ** min(10, rollback.overwritten - 2), LONGEST_PACE_S)


def too_early(release: Release, now: float) -> bool:
    """Whether the next write still waits because the last one failed."""
    return release.failure is not None and now < release.failure.at + retry_after_s(release)


def ways_back(release: Release) -> tuple[Write, ...]:
    """Return the writes of 0% that have no answer yet."""
    return tuple(write for write in release.writes if write.weight == 0)


def awaits_answer(release: Release, now: float) -> bool:
    """Whether a write of the rollback is on its way that may yet be answered."""
    under_way = ways_back(release)
    # By the last one only: those before it have had their time already, or this one would not have been
    # sent.
    return bool(under_way) and now < under_way[-1].at + overdue_after_s(release)
