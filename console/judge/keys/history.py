"""Stable's past as one channel sees it: the noise profile and the rehearsal read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from console.evidence import Counts, History, PodMinute
from console.judge.keys.channels import Channel, Limit, Share, count
from console.judge.total import total

Minutes = tuple[dict[str, Share], ...]
"""One channel's counts: by pod, minute after minute."""


def minutes_of(history: History, what: Channel | Limit) -> Minutes:
    """Count one channel's bad requests of every pod and minute."""
    return tuple({each.pod: _share(history, each, what) for each in minute} for minute in history.minutes)


def whole(shares: Iterable[Share]) -> Share:
    """Add shares up."""
    each = tuple(shares)
    return Share(total=total(share.total for share in each), bad=total(share.bad for share in each))


def merged(minutes: Minutes) -> dict[str, Share]:
    """Add minutes up, pod by pod."""
    pods: defaultdict[str, list[Share]] = defaultdict(list)
    for minute in minutes:
        for pod, share in minute.items():
            pods[pod].append(share)
    return {pod: whole(shares) for pod, shares in pods.items()}


def total_counts(history: History) -> Counts:
    """Add the whole history up: from it the edges are chosen."""
    everything = [each.counts for minute in history.minutes for each in minute]
    # Minutes without buckets are passed over: `zip` ends with the shortest, and all would be empty.
    latency = tuple(map(total, zip(*(each.latency for each in everything if each.latency), strict=False)))
    return replace(sum(everything, Counts()), latency=latency)


def _share(history: History, minute: PodMinute, what: Channel | Limit) -> Share:
    return count((what,), minute.counts, bounds_ms=history.bounds_ms, events=minute.events)[0]
