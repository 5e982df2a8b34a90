"""A comparison of two releases as a table, and the differences as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.compare.align import StagePair
from console.compare.passage import Leaving, Passage
from console.judge.chance import DIFFERENT_P, chance_of_split
from console.judge.tally import quantile_ms, ratio
from console.plan.columns import in_columns
from console.plan.literal import literal
from console.plan.model import Metric
from console.plan.plan_words import value_in_words
from console.plan.units import words_duration
from console.release import events as ev

UNKNOWN = "-"
SLOWER = 1.25
"""Two latencies are called different beyond this factor."""
LONGEST_NAME = 40

HEADING = ("stage", "", "lasted", "requests", "error rate", "P99", "then", "breached")


def table(rows: Sequence[StagePair], *, names: tuple[str, str]) -> list[str]:
    """Give two lines a stage, one a release; all figures are the canary's."""
    cells = [HEADING]
    for row in rows:
        weight = f"{row.weight}%"
        for name, passage in zip(names, (row.first, row.second), strict=True):
            cells.append((weight, literal(name, longest=LONGEST_NAME), *_cells(passage)))
            weight = ""
    return in_columns(cells, right=_NUMBERS)


_NUMBERS = (0, 2, 3, 4, 5)


def _cells(passage: Passage | None) -> tuple[str, str, str, str, str, str]:
    if passage is None:
        return UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "never there", ""
    canary = passage.tally.canary
    return (
        words_duration(round(passage.lasted_s)),
        UNKNOWN if canary is None else f"{canary.requests:,.0f}",
        _value(Metric.ERROR_RATE, error_rate(passage)),
        _value(Metric.P99, p99_ms(passage)),
        passage.leaving,
        ", ".join(literal(name) for name in passage.breached),
    )


def _value(metric: str, value: float | None) -> str:
    return UNKNOWN if value is None else value_in_words(metric, value)


def error_rate(passage: Passage) -> float | None:
    """Give the canary's error rate over the whole stage, 0..1."""
    canary = passage.tally.canary
    return None if canary is None else ratio(canary.errors, canary.requests)


def p99_ms(passage: Passage) -> float | None:
    """Give the canary's P99 over the whole stage."""
    canary = passage.tally.canary
    return None if canary is None else quantile_ms(canary, passage.tally.bounds_ms, 0.99)


def differences(rows: Sequence[StagePair], *, names: tuple[str, str]) -> list[str]:
    """Say what is different and more than chance, a sentence a stage."""
    sentences = []
    for row in rows:
        found = list(_differences(row, names))
        if found:
            sentences.append(f"at {row.weight}%: {'; '.join(found)}")
    return sentences or ["both went alike"]


def _differences(row: StagePair, names: tuple[str, str]) -> Iterator[str]:
    first, second = row.first, row.second
    ours, theirs = (literal(name, longest=LONGEST_NAME) for name in names)
    if first is None or second is None:
        yield f"only {theirs if first is None else ours} was there"
        return
    yield from _errors(first, second, ours, theirs)
    yield from _latency(first, second, ours, theirs)
    if first.breached != second.breached:
        yield " and ".join(
            f"{name} breached {', '.join(map(literal, passage.breached)) or 'nothing'}"
            for name, passage in ((ours, first), (theirs, second))
        )
    yield from _pace(first, second, ours, theirs)


def _errors(first: Passage, second: Passage, ours: str, theirs: str) -> Iterator[str]:
    a, b = first.tally.canary, second.tally.canary
    rates = error_rate(first), error_rate(second)
    if a is None or b is None or rates[0] is None or rates[1] is None:
        return
    worse, better = (a, b) if rates[0] > rates[1] else (b, a)
    chance = chance_of_split(
        stable_bad=better.errors,
        stable=better.requests,
        canary_bad=worse.errors,
        canary=worse.requests,
    )
    if chance < DIFFERENT_P:
        low, high = (value_in_words(Metric.ERROR_RATE, rate) for rate in sorted((rates[0], rates[1])))
        yield f"{ours if worse is a else theirs} had {high} errors, {theirs if worse is a else ours} {low}"


def _latency(first: Passage, second: Passage, ours: str, theirs: str) -> Iterator[str]:
    a, b = p99_ms(first), p99_ms(second)
    if a is None or b is None or max(a, b) < SLOWER * min(a, b):
        return
    low, high = (value_in_words(Metric.P99, value) for value in sorted((a, b)))
    yield f"{ours if a > b else theirs} was slower, P99 {high} against {low}"


def _pace(first: Passage, second: Passage, ours: str, theirs: str) -> Iterator[str]:
    apart_s = round(first.lasted_s - second.lasted_s)
    if first.leaving is not second.leaving:
        yield f"{ours} {_said(first.leaving)}, {theirs} {_said(second.leaving)}"
    elif abs(apart_s) > max(2, 0.1 * min(first.lasted_s, second.lasted_s)):
        yield f"{ours if apart_s > 0 else theirs} was there {words_duration(abs(apart_s))} longer"


def _said(leaving: Leaving) -> str:
    return {Leaving.STILL_THERE: "is still there", Leaving.PROMOTED: "was promoted"}.get(
        leaving, str(leaving)
    )


def plans_differ(first: Sequence[ev.Record], second: Sequence[ev.Record]) -> str:
    """Say what of the plans is not alike, where that bears on the comparison; empty where it is."""
    plans = [
        records[0].event.plan for records in (first, second) if isinstance(records[0].event, ev.ReleaseOpened)
    ]
    if plans[0].service != plans[-1].service:
        return f"they are of two services: {literal(plans[0].service)} and {literal(plans[-1].service)}"
    return "" if plans[0].stages == plans[-1].stages else "their plans have other stages or guards"
