"""Stable's past, pod by pod and minute by minute, out of Prometheus' range queries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from console.errors import EvidenceError
from console.evidence import History, PodMinute
from console.metrics.answer import Answer
from console.metrics.histogram import common_bounds
from console.metrics.presets import PRESETS
from console.metrics.tally import Increments, Reading, Tally, read
from console.metrics.template import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from console.metrics.look import Api
    from console.metrics.presets import Preset
    from console.plan.model import Plan

HOUR_S = 3600.0
MINUTE_S = 60.0
CHUNK_S = 6 * HOUR_S
"""One answer of a day would be too large where there are many pods."""
_SLACK_S = 1.0
_NOTHING = Answer(rows=(), at_s=None)


async def stable_history(
    api: Api, plan: Plan, *, deadline_s: float, back_s: float = HOUR_S, until_s: float | None = None
) -> History:
    """Count what each of stable's pods did in each minute of the last `back_s`, up to `until_s` or now.

    Now is by Prometheus' own clock. Raises `EvidenceError` where Prometheus does not answer within
    `deadline_s`, or has no series of stable; an hour in which stable was young gives fewer minutes.
    """
    preset = PRESETS[plan.metrics.preset]
    workload: dict[str, str | tuple[str, ...]] = {
        "namespace": plan.namespace,
        "deployments": (plan.stable.deployment,),
    }
    requests, buckets, newest = (
        fill(query, workload) for query in (preset.requests, preset.buckets, preset.newest)
    )
    try:
        async with asyncio.timeout(deadline_s):
            end_s = until_s if until_s is not None else await _now_s(api, newest, deadline_s=deadline_s)
            by_status, below = await asyncio.gather(
                *(
                    _over_time(api, query, end_s=end_s, back_s=back_s, deadline_s=deadline_s)
                    for query in (requests, buckets)
                )
            )
    except TimeoutError as error:
        raise EvidenceError(f"Prometheus did not give stable's past within {deadline_s:g} s") from error
    return history_of(by_status, below, preset=preset, deployment=plan.stable.deployment)


def history_of(
    by_status: dict[float, Answer], below: dict[float, Answer], *, preset: Preset, deployment: str
) -> History:
    """Make minutes of the raw counters that were read every minute."""
    readings = {
        at_s: read(requests=by_status[at_s], buckets=below.get(at_s, _NOTHING), watched=None, preset=preset)
        for at_s in sorted(by_status)
    }
    bounds_ms = common_bounds(series for reading in readings.values() for series in reading.buckets)
    minutes = tuple(_minutes(readings.items(), deployment=deployment, bounds_ms=bounds_ms))
    if minutes or not readings:
        return History(bounds_ms=bounds_ms, minutes=minutes)
    latest = readings[max(readings)]
    counted = Increments(latest.requests, latest.buckets, bounds_ms).by_pod(deployment)
    entry = tuple(PodMinute(pod=pod, counts=counts) for pod, counts in counted.items())
    return History(bounds_ms=bounds_ms, minutes=(entry,), since_start=True)


async def _now_s(api: Api, newest: str, *, deadline_s: float) -> float:
    answer = await api.query(newest, deadline_s=deadline_s)
    if answer.at_s is None:
        raise EvidenceError(
            "Prometheus has no series of the stable version", hint=f"this was asked: {newest}"
        )
    return answer.at_s


async def _over_time(
    api: Api, promql: str, *, end_s: float, back_s: float, deadline_s: float
) -> dict[float, Answer]:
    """Ask in chunks of whole steps, and give the answers by time."""
    steps, chunk = round(back_s / MINUTE_S), round(CHUNK_S / MINUTE_S)
    answers = await asyncio.gather(
        *(
            api.query_range(
                promql,
                start_s=end_s - MINUTE_S * min(first + chunk - 1, steps),
                end_s=end_s - MINUTE_S * first,
                step_s=MINUTE_S,
                deadline_s=deadline_s,
            )
            for first in range(0, steps + 1, chunk)
        )
    )
    return {at_s: instant for answer in answers for at_s, instant in answer.instants().items()}


def _minutes(
    readings: Iterable[tuple[float, Reading]], *, deployment: str, bounds_ms: tuple[float, ...]
) -> Iterator[tuple[PodMinute, ...]]:
    """Difference the readings; after a hole in them nothing is said, for its counts are of many minutes."""
    tally, before_s = Tally(), None
    for at_s, reading in readings:
        tally, increments = tally.add(reading, now_s=at_s)
        whole = before_s is not None and at_s - before_s <= MINUTE_S + _SLACK_S
        before_s = at_s
        if whole:
            counted = replace(increments, bounds_ms=bounds_ms).by_pod(deployment)
            yield tuple(PodMinute(pod=pod, counts=counts) for pod, counts in counted.items())
