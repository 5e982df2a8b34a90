"""One simulated release as the judge itself takes it: its history, its blocks, and the judge that begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from msgspec import structs

from console.evidence import Counts, History, PodMinute
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Channels, Split, choose_channels
from console.judge.keys.history import total_counts
from console.judge.keys.judge import KeysState, begin
from console.judge.keys.noise import profile_of
from console.judge.keys.settings import Settings
from tests.bench_judge.blocks import Blocks
from tests.bench_judge.hard_limits import LIMITS
from tests.bench_judge.releases import Releases, Seen


def history_of(releases: Releases, release: int) -> History:
    """Give the hour before, pod by pod; a pod without a request was there all the same."""
    past, world = releases.history, releases.case.world
    minutes = range(past.requests.shape[1])
    return History(
        bounds_ms=world.bounds_ms,
        minutes=tuple(
            tuple(
                PodMinute(
                    pod=f"stable-{pod}",
                    counts=counts_of(past, (release, minute, pod), failure=releases.case.failure),
                )
                for pod in range(world.stable_pods)
            )
            for minute in minutes
        ),
    )


def begin_release(releases: Releases, release: int, *, planned_blocks: int) -> KeysState:
    """Begin to judge it."""
    history, settings = history_of(releases, release), Settings()
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


def _inside(seen: Seen, where: tuple[int, ...]) -> tuple[float, ...]:
    """Give the requests in each latency bucket, the one above all bounds last."""
    at_least = [int(seen.requests[where]), *map(int, seen.slower[where]), 0]
    return tuple(float(low - high) for low, high in pairwise(at_least))


def counts_of(seen: Seen, where: tuple[int, ...], *, failure: str = "errors_5xx") -> Counts:
    """Give one cell of the arrays; `failure` is the class of its errors."""
    counts = Counts(
        requests=float(seen.requests[where]),
        errors_4xx=float(seen.refused[where]),
        latency=_inside(seen, where),
    )
    return structs.replace(counts, **{failure: float(seen.errors[where])})
