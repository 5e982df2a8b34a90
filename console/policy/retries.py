"""When a write that failed, or that hangs, is tried again: a way back sooner than a way forward."""

from __future__ import annotations

from console.release.state import Phase, Release, Rollback, Write

LONGEST_WAIT_S = 60.0
"""An API server that asks us to wait longer is asked again after this."""


def retry_after_s(release: Release) -> float:
    """How long to wait after the last failed write: a rollback does not wait long, and never gives up.

    What the API server asks for is granted to a way forward. A way back waits a second at most.
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
    """How long the last of a rollback's writes is waited for: then another one follows beside it.

    The writes are conditional on one version, so that one of them at most is done.
    """
    # A connection whose other end is gone takes minutes to say so. The second write goes by a new one, half a
    # second behind; each further one waits longer, for then it is not the connection.
    return min(0.5 * len(ways_back(release)), 2.0)


LONGEST_PACE_S = 2.0
"""Who takes the traffic away again and again is answered after this at the latest: each answer costs them and
the API server a write, and each delay costs users the time until then."""


def fights_after_s(rollback: Rollback) -> float:
    """How long to leave the router to who has overwritten the rollback: the first time not at all."""
    # The first time users wait for nothing. Who does it again is a controller, and would be fought at full
    # speed.
    if rollback.overwritten <= 1:
        return 0.0
    return min(0.25 * 2.0 ** min(10, rollback.overwritten - 2), LONGEST_PACE_S)


def too_early(release: Release, now: float) -> bool:
    """Whether the last write failed so lately that the next one waits."""
    return release.failure is not None and now < release.failure.at + retry_after_s(release)


def ways_back(release: Release) -> tuple[Write, ...]:
    """Give the writes of a rollback that are on their way."""
    return tuple(write for write in release.writes if write.weight == 0)


def awaits_answer(release: Release, now: float) -> bool:
    """Whether a write of the rollback is on its way that may yet be answered."""
    under_way = ways_back(release)
    # By the last one only: those before it have had their time already, or this one would not have been
    # sent.
    return bool(under_way) and now < under_way[-1].at + overdue_after_s(release)
