"""One simulated release as the judge itself takes it: its history, its blocks, and the judge that begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from console.evidence import Counts, History, PodMinute
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Channels, Split, choose_channels
from console.judge.keys.history import total_counts
from console.judge.keys.judge import KeysState, begin
from console.judge.keys.noise import profile_of
from console.judge.keys.settings import Settings
from console.metrics.counters import Process, Series
from console.metrics.outcomes import Ended
from console.metrics.tally import Increments
from console.plan.model import Errors
from tests.bench_judge.blocks import Blocks
from tests.bench_judge.hard_limits import LIMITS
from tests.bench_judge.releases import Releases, Seen
from tests.bench_judge.worlds import UNAVAILABLE

_POD, _WORKLOAD = Process("", "pod"), "workload"
_GOOD, _REFUSED = Ended("200"), Ended("404")


def history_of(releases: Releases, release: int, errors: Errors | None = None) -> History:
    """Give the hour before, pod by pod; a pod without a request was there all the same."""
    past, world = releases.history, releases.case.world
    minutes = range(past.requests.shape[1])
    return History(
        bounds_ms=world.bounds_ms,
        minutes=tuple(
            tuple(
                PodMinute(
                    pod=f"stable-{pod}",
                    counts=counts_of(
                        past,
                        (release, minute, pod),
                        bounds_ms=world.bounds_ms,
                        failure=releases.case.failure,
                        errors=errors,
                    ),
                )
                for pod in range(world.stable_pods)
            )
            for minute in minutes
        ),
    )


def begin_release(
    releases: Releases, release: int, *, planned_blocks: int, errors: Errors | None = None
) -> KeysState:
    """Begin to judge it."""
    history, settings = history_of(releases, release, errors), Settings()
    channels = choose_channels(bounds_ms=history.bounds_ms, history=total_counts(history), limits=LIMITS)
    return begin(
        settings=settings,
        channels=channels,
        profile=profile_of(history, channels=channels, half_life_s=settings.half_life_s),
        planned_blocks=planned_blocks,
        stages=sum(weight < 1 for weight in releases.case.stages.weights),
    )


def blocks_in(releases: Releases, blocks: Blocks, release: int, channels: Channels) -> Iterator[Block]:
    """Give its blocks in order."""
    judged = (*range(len(channels.judged) - 1), -1)  # a history without four edges leaves some out
    for at, weight in enumerate(blocks.weights):
        if blocks.span_s[release, at] > 0:
            where = (release, at)
            yield Block(
                at_s=float((at + 1) * blocks.length_s),
                span_s=float(blocks.span_s[where]),
                weight=weight,
                judged=tuple(_split(blocks, where, channel, beyond=False) for channel in judged),
                limits=tuple(_split(blocks, where, limit, beyond=True) for limit in range(len(LIMITS))),
                stable_pods=releases.case.world.stable_pods,
                canary_pods=blocks.canary_pods[at],
            )


def _split(blocks: Blocks, where: tuple[int, int], what: int, *, beyond: bool) -> Split:
    stable, canary = blocks.stable, blocks.canary
    bad = [(side.beyond if beyond else side.bad)[(*where, what)] for side in (stable, canary)]
    return Split(
        stable=float(stable.requests[where]),
        stable_bad=float(bad[0]),
        canary=float(canary.requests[where]),
        canary_bad=float(bad[1]),
    )


def counts_of(
    seen: Seen,
    where: tuple[int, ...],
    *,
    bounds_ms: tuple[float, ...],
    failure: Ended = UNAVAILABLE,
    errors: Errors | None = None,
) -> Counts:
    """Give one cell of the arrays as it is counted: by the labels that the mesh writes.

    Its errors are written as `failure`; `errors` is what the plan calls one.
    """
    requests, failed, refused = (float(each[where]) for each in (seen.requests, seen.errors, seen.refused))
    by_end = ((failure, failed), (_REFUSED, refused), (_GOOD, requests - failed - refused))
    by_status: defaultdict[Series, float] = defaultdict(float)
    for end, count in by_end:
        by_status[Series(_POD, _WORKLOAD, end.text)] += count
    below = {
        Series(_POD, _WORKLOAD, str(bound_ms)): requests - float(slower)
        for bound_ms, slower in zip(bounds_ms, seen.slower[where], strict=True)
    }
    below[Series(_POD, _WORKLOAD, str(inf))] = requests
    return Increments(by_status, below, bounds_ms, errors).of(_WORKLOAD)
