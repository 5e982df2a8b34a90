"""Stable's past, pod by pod and minute by minute, out of Prometheus' range queries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import structs

from console.errors import EvidenceError
from console.evidence import MINUTE_S, History, PodMinute
from console.metrics.answer import Answer
from console.metrics.events import EventTally, counted_since_start
from console.metrics.histogram import common_bounds
from console.metrics.presets import preset_of
from console.metrics.promql import event_query
from console.metrics.query_round import filled
from console.metrics.recordable import refuse_what_cannot_be
from console.metrics.tally import Increments, Reading, Tally, read_sums
from console.metrics.template import fill

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Iterator, Mapping

    from console.metrics.named import Names
    from console.metrics.preset import Preset
    from console.metrics.query_round import Api
    from console.plan.model import Errors, Plan

HOUR_S = 3600.0
CHUNK_S = 6 * HOUR_S
"""Seconds of the past in one answer: a day's would be too large where there are many pods."""
_SLACK_S = 1.0
_NOTHING = Answer(rows=(), at_s=None)

Instants = dict[float, Answer]
"""One query's answers, by time."""


async def stable_history(
    api: Api,
    plan: Plan,
    *,
    deadline_s: float,
    back_s: float = HOUR_S,
    until_s: float | None = None,
    pods: Mapping[str, Names] | None = None,
) -> History:
    """Count what each of stable's pods did in each minute of the last `back_s`, up to `until_s` or now.

    Now is by Prometheus' own clock. `pods` are each Deployment's: where they alone tell whose a counter is,
    the past is that of the pods that still are. Raises `EvidenceError` where Prometheus does not answer
    within `deadline_s`, or has no series of stable; an hour in which stable was young gives fewer minutes.
    """
    preset = preset_of(plan.metrics)
    requests, buckets, newest = (
        filled(query, plan=plan, preset=preset, pods=pods or {}, versions=(plan.stable,))
        for query in (preset.requests, preset.buckets, preset.newest)
    )
    events = event_queries(plan)
    parts = []
    try:
        async with asyncio.timeout(deadline_s):
            end_s = until_s if until_s is not None else await _now_s(api, newest, deadline_s=deadline_s)
            for first_s, last_s in _spans(end_s=end_s, back_s=back_s):
                span = partial(_over_time, api, start_s=first_s, end_s=last_s, deadline_s=deadline_s)
                by_status, below, *counted = await asyncio.gather(
                    span(requests), span(buckets), *(_if_had(span(query)) for query in events.values())
                )
                parts.append(
                    history_of(
                        by_status,
                        below,
                        events=dict(zip(events, counted, strict=True)),
                        preset=preset,
                        workload=plan.stable.in_metrics,
                        errors=plan.own_errors,
                    )
                )
    except TimeoutError as error:
        raise EvidenceError(f"Prometheus did not give stable's past within {deadline_s:g} s") from error
    past = _joined(parts)
    refuse_what_cannot_be(past)
    return past


def event_queries(plan: Plan) -> dict[str, str]:
    """Return the queries for stable's events, by name."""
    stable = {
        "namespace": plan.namespace,
        "deployment": plan.stable.deployment,
        "version": plan.stable.name,
    }
    return {name: fill(event_query(selector), stable) for name, selector in plan.metrics.events.items()}


def history_of(
    by_status: Instants,
    below: Instants,
    *,
    events: Mapping[str, Instants],
    preset: Preset,
    workload: str,
    errors: Errors | None,
) -> History:
    """Make minutes of the raw counters that were read every minute."""
    readings = {
        at_s: read_sums(requests=by_status[at_s], buckets=below.get(at_s, _NOTHING), preset=preset)
        for at_s in sorted(by_status)
    }
    bounds_ms = common_bounds(series for reading in readings.values() for series in reading.buckets)
    minutes = tuple(_minutes(readings.items(), events, workload=workload, bounds_ms=bounds_ms, errors=errors))
    if minutes or not readings:
        return History(bounds_ms=bounds_ms, minutes=minutes)
    latest = readings[max(readings)]
    counted = Increments(latest.requests, latest.buckets, bounds_ms, errors).by_pod(workload)
    happened = counted_since_start(_at(events, max(readings), workload)).by_pod(workload)
    entry = tuple(
        PodMinute(pod=pod, counts=counts, events=happened.get(pod, {})) for pod, counts in counted.items()
    )
    return History(bounds_ms=bounds_ms, minutes=(entry,), since_start=True)


def _spans(*, end_s: float, back_s: float) -> list[tuple[float, float]]:
    """Cut the past into pieces that join: each begins with the reading that ended the one before."""
    edges = [end_s - back_s]
    while edges[-1] < end_s:
        edges.append(min(edges[-1] + CHUNK_S, end_s))
    return list(pairwise(edges))


def _joined(parts: list[History]) -> History:
    """Join what was read in pieces; where the buckets were others than they are now, latency is not known."""
    bounds_ms = next((part.bounds_ms for part in reversed(parts) if part.minutes), ())
    minutes: list[tuple[PodMinute, ...]] = []
    for part in parts:
        same = part.bounds_ms == bounds_ms
        minutes.extend(part.minutes if same else map(_without_latency, part.minutes))
    return History(bounds_ms=bounds_ms, minutes=tuple(minutes))


def _without_latency(minute: tuple[PodMinute, ...]) -> tuple[PodMinute, ...]:
    return tuple(structs.replace(pod, counts=structs.replace(pod.counts, latency=())) for pod in minute)


async def _now_s(api: Api, newest: str, *, deadline_s: float) -> float:
    answer = await api.query(newest, deadline_s=deadline_s)
    if answer.at_s is None:
        raise EvidenceError(
            "Prometheus has no series of the stable version", hint=f"this was asked: {newest}"
        )
    return answer.at_s


async def _if_had(asking: Awaitable[Instants]) -> Instants:
    """Return what came; without an event's past its noise is taken for what is usual."""
    try:
        return await asking
    except EvidenceError:
        return {}


def _at(events: Mapping[str, Instants], at_s: float, workload: str) -> dict[str, dict[str, Answer]]:
    """Return the events' counters at one time."""
    return {name: {workload: instants.get(at_s, _NOTHING)} for name, instants in events.items() if instants}


async def _over_time(api: Api, promql: str, *, start_s: float, end_s: float, deadline_s: float) -> Instants:
    """Ask for a query's past; there is none of what nobody tells."""
    if not promql:
        return {}
    answer = await api.query_range(
        promql, start_s=start_s, end_s=end_s, step_s=MINUTE_S, deadline_s=deadline_s
    )
    return answer.instants()


def _minutes(
    readings: Iterable[tuple[float, Reading]],
    events: Mapping[str, Instants],
    *,
    workload: str,
    bounds_ms: tuple[float, ...],
    errors: Errors | None,
) -> Iterator[tuple[PodMinute, ...]]:
    """Difference the readings; after a hole in them nothing is said, for its counts are of many minutes."""
    tally, event_tally, before_s = Tally(errors=errors), EventTally(), None
    for at_s, reading in readings:
        tally, increments = tally.add(reading, now_s=at_s)
        now = _at(events, at_s, workload)
        event_tally, happened = event_tally.add(now, reading=reading, now_s=at_s)
        whole = before_s is not None and at_s - before_s <= MINUTE_S + _SLACK_S
        before_s = at_s
        if whole:
            counted = replace(increments, bounds_ms=bounds_ms).by_pod(workload)
            by_pod = happened.by_pod(workload)
            yield tuple(
                PodMinute(pod=pod, counts=counts, events=by_pod.get(pod, {}))
                for pod, counts in counted.items()
            )
