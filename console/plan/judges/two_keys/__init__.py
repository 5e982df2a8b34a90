"""The two keys in a plan: their settings in words and as a text to edit, and what a sweep can vary."""

from __future__ import annotations

from collections.abc import Iterator

from console.plan.judge_settings import Tried
from console.plan.kinds import parse_tolerated
from console.plan.model import Alone, Judge, LowTraffic, Metric, OnSharedBreach, Plan
from console.plan.plan_words import value_in_words
from console.plan.units import words_duration, words_number, words_percent, words_points

Settings = Judge
NAME = "two keys"
TRIED = {"tolerate": Tried(parse_tolerated, words_points)}
SLOWER = {Metric.P90: 0.10, Metric.P95: 0.05, Metric.P99: 0.01}
"""The share of requests that may be slower than a quantile's limit."""


def in_words(settings: Judge, *, plan: Plan) -> list[str]:
    """Say what the keys look at, and what comes of it."""
    slo, tolerate = settings.slo, words_points(settings.tolerate)
    slow = ""
    if slo.latency_ms is not None:
        longer = value_in_words(Metric.P99, slo.latency_ms)
        slow = f", or more than {words_percent(slo.slower)} of them take longer than {longer}"
    alone = {
        Alone.RETREAT: "go back one weight and compare there",
        Alone.PAUSE: "pause too",
        Alone.ROLLBACK: "roll back",
    }[settings.alone]
    thin = "waits for more requests, or a person" if settings.low_traffic is LowTraffic.ASK else "goes on"
    shared = "go back one weight" if settings.on_shared_breach is OnSharedBreach.RETREAT else "pause"
    events = plan.metrics.events
    rarer = f", or {' or '.join(events)} rarer by more than a tenth" if events else ""
    beyond = f"pause while more than {words_percent(slo.error_rate)} of requests fail{slow}"
    return [
        f"roll back when errors, 4xx or latency are worse (100:1), and by more than {tolerate} (10:1){rarer}",
        f"{beyond}; at 100%, with nothing to compare, {alone}",
        f"both versions beyond it right after more traffic: {shared}",
        f"a stage that could still hide 1pp more errors {thin}",
    ]


def as_text(settings: Judge) -> Iterator[str]:
    """Write the terms and the SLO."""
    terms = {
        "tolerate": words_points(settings.tolerate),
        "block": words_duration(settings.block_s),
        "low_traffic": settings.low_traffic,
        "on_shared_breach": settings.on_shared_breach,
        "alone": settings.alone,
    }
    yield f"judge: {{{', '.join(f'{name}: {value}' for name, value in terms.items())}}}"
    slow = ""
    if settings.slo.latency_ms is not None:
        named = (metric for metric, slower in SLOWER.items() if slower == settings.slo.slower)
        quantile = next(named, Metric.P99)
        slow = f", {quantile}: {words_number(settings.slo.latency_ms)}ms"
    yield f"slo: {{error_rate: {words_percent(settings.slo.error_rate)}{slow}}}"


def kept(was: Plan, plan: Plan) -> list[str]:
    """Say what of a recording could not be taken up: no recording has stable's past."""
    if (was.judge, was.metrics.events) == (plan.judge, plan.metrics.events):
        return []
    if was.judge is None or plan.judge is None:
        return ["the recording has none of stable's past for the two keys to judge by: they stay out"]
    of_then = ["channels and noise"]
    of_then += ["blocks"] if was.judge.block_s != plan.judge.block_s else []
    of_then += ["business events"] if was.metrics.events != plan.metrics.events else []
    return [
        f"the two keys judge by this plan's terms; {', '.join(of_then)} are those of the recorded release"
    ]
