"""What comes behind a rollback that the router has confirmed: whether it stays, and whether users recover."""

from __future__ import annotations

from console.judge.tally import ratio
from console.policy.ending import rolled_back
from console.release import events as ev
from console.release.parts import Rollback
from console.release.state import Release

GONE_PATIENCE_S = 15.0
GONE_PATIENCE_TICKS = 3
"""Seconds, and ticks, that the metrics get to show an idle canary where nobody watches; the longer counts."""
WATCH_S = 300.0
"""Seconds that users' recovery is waited for at most where somebody watches: traffic is back by then."""
WINDOW_S, WINDOW_TICKS = 10.0, 2
"""Seconds, and ticks, for which the canary must have served nobody; the longer counts.

One look may fall between two requests."""
ALLOWANCE = 0.01
"""Errors are normal up to this much above stable's own share before, ratio, where the plan names no limit.

By taste: one point."""


def gone_patience_s(release: Release) -> float:
    """Return how long the metrics may take to show a confirmed rollback, seconds."""
    return max(GONE_PATIENCE_S, GONE_PATIENCE_TICKS * release.plan.interval_s)


def watch_recovery(release: Release, rollback: Rollback, now: float) -> tuple[ev.AnyEvent, ...]:
    """Wait until the rollback has stayed and users have recovered, or the time for that is over."""
    # Three facts, in this order, each on record: written (the router has confirmed), stayed (nobody has
    # undone it in three reads), recovered (users). A release may end without the last two, and then says
    # which is missing.
    assert rollback.confirmed_at is not None
    if rollback.recovered_at is not None:
        return (rolled_back(release, rollback),)
    if rollback.stayed_at is None:
        # A router that can't be read any more must not keep the worker for ever: the release ends, and says
        # that nobody has seen whether it stayed.
        over = now >= rollback.confirmed_at + _watch_s(release)
        return (rolled_back(release, rollback),) if over else ()
    normal = errors_are_normal(release, rollback)
    if is_clear(release, rollback, now) and normal:
        return (ev.Recovered(failed=release.failed_on_canary),)
    if now < rollback.stayed_at + _watch_s(release):
        return ()
    # Three ways to end without recovery, and three words: still served, served nobody but fails, never seen.
    served, unseen = rollback.served, rollback.clear_since is None and not rollback.served
    failed = release.failed_on_canary
    return (ev.Recovered(still_served=served, failed=failed, troubled=not normal, unseen=unseen),)


def is_clear(release: Release, rollback: Rollback, now: float) -> bool:
    """Whether the canary has served nobody for a window; where nobody watches, for one look."""
    # A pipeline waits for its exit code, which one clear look decides.
    if not release.attended:
        return rollback.clear_since is not None
    return rollback.clear_since is not None and now >= rollback.clear_since + window_s(release)


def window_s(release: Release) -> float:
    """Return how long the canary must have served nobody, seconds."""
    return max(WINDOW_S, WINDOW_TICKS * release.plan.interval_s)


def errors_are_normal(release: Release, rollback: Rollback) -> bool:
    """Whether stable, which serves alone, fails no more requests than the plan lets it, or than before."""
    seen = ratio(rollback.clear_errors, rollback.clear_requests)
    # Stable had no request since: nobody is there to suffer from errors.
    if seen is None:
        return True
    slo, before = release.plan.slo, release.evidence.stable
    if slo is not None:
        return seen <= slo.error_rate
    # What stable failed beside the canary is what it is used to under this load. A point more is allowed, for
    # it serves everybody now.
    usual = ratio(before.errors, before.requests) if before else None
    return seen <= (usual or 0.0) + ALLOWANCE


def _watch_s(release: Release) -> float:
    return WATCH_S if release.attended else gone_patience_s(release)
