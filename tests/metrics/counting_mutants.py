"""Mistakes in counting, each put into the product for a while: a history has to find every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import structs

from console.metrics import copies, counters, tally
from console.metrics.copies import CounterRow
from console.metrics.counters import Memory, Series, _Step
from console.metrics.evidence_source import PrometheusSource
from console.metrics.outcomes import NOBODY, Ended, Outcome, outcome_of
from console.metrics.query_round import View

Patch = tuple[object, str, object]
"""Where, which name, and what stands there instead."""


@contextmanager
def mistaken(mutant: str) -> Iterator[None]:
    """Count by mistake inside this block."""
    patches = MUTANTS[mutant]()
    before = [(owner, name, owner.__dict__[name]) for owner, name, _ in patches]
    try:
        for owner, name, mistake in patches:
            setattr(owner, name, mistake)
        yield
    finally:
        for owner, name, right in before:
            setattr(owner, name, right)


def a_sum_instead_of_series() -> list[Patch]:
    """Add up a process's counters of one code before they are compared with what they were."""

    def added(rows: Any, part: Any, what: Any, broken: Any) -> dict[Series, float]:
        values: dict[Series, float] = {}
        for row in rows:
            counts = what(row) if row.asked == part else None
            if row.value is not None and counts is not None and row.process not in broken:
                series = Series(row.process, row.workload, counts.split("|")[0])
                values[series] = values.get(series, 0.0) + row.value
        return values

    return [(tally, "_by_what", added)]


def any_fall_is_a_restart() -> list[Patch]:
    return [(_Step, "_began_anew", lambda *_, **__: True), (_Step, "_may_be_older", lambda *_: False)]


def no_fall_is_a_restart() -> list[Patch]:
    return [(_Step, "_began_anew", lambda *_, **__: False)]


def a_series_that_is_gone_is_a_restart() -> list[Patch]:
    """Take what is left of the process for new, all of it."""
    right = _Step._lack

    def lacking(self: _Step, series: Series, *, gone: bool) -> None:
        right(self, series, gone=gone)
        for each, value in self._fresh[series.process].items():
            self._increments[each] = value

    return [(_Step, "_lack", lacking)]


def every_label_tells_requests_apart() -> list[Patch]:
    """Count each replica's copy of a counter."""

    def all_of_them(rows: Sequence[CounterRow], **_: object) -> frozenset[str]:
        return frozenset(name for row in rows for name, _ in row.beside)

    return [(tally, "dimensions_in", all_of_them)]


def an_older_sample_counts() -> list[Patch]:
    """Take an older replica's answer for what the counter is now."""

    def moved(self: PrometheusSource, view: View) -> bool:
        return all(at_s != self._counted.newest_s.get(each) for each, at_s in view.newest_s.items())

    return [(_Step, "_is_newer", lambda *_: True), (PrometheusSource, "_moved", moved)]


def a_stamp_that_is_hardly_newer_counts() -> list[Patch]:
    """Believe a clock that is ahead."""
    return [(_Step, "_may_be_older", lambda *_: False)]


def what_fell_is_the_new_base() -> list[Patch]:
    """Count a late or older value's way up again."""
    right = _Step._take

    def taking(self: _Step, series: Series, value: float, *, sure: bool | None) -> bool:
        began = right(self, series, value, sure=sure)
        self._values[series] = value
        return began

    return [(_Step, "_take", taking)]


def a_process_that_is_new_counts_whole() -> list[Patch]:
    right = _Step.__init__

    def knowing_all(
        self: _Step, memory: Memory, reading: Mapping[Series, float], *rest: Any, **named: Any
    ) -> None:
        right(self, memory, reading, *rest, **named)
        if memory.seen_at_s:
            self._known = frozenset(series.process for series in reading)

    return [(_Step, "__init__", knowing_all)]


def a_series_that_is_new_counts_nothing() -> list[Patch]:
    right = _Step.__init__

    def knowing_none(self: _Step, *rest: Any, **named: Any) -> None:
        right(self, *rest, **named)
        self._known = frozenset()

    return [(_Step, "__init__", knowing_none)]


def increments_are_extrapolated() -> list[Patch]:
    """Stretch what was counted to the moment of the look, as rate() and increase() do."""
    right = PrometheusSource._count

    def counting(self: PrometheusSource, view: Any, *, clock_s: float) -> Any:
        sample = right(self, view, clock_s=clock_s)
        if sample.span_s <= 0:
            return sample
        stretched = 1 + sample.data_age_s / sample.span_s
        sides = {}
        for side in ("stable", "canary"):
            look = getattr(sample, side)
            if look.counts is not None:
                sides[side] = structs.replace(
                    look, counts=structs.replace(look.counts, requests=look.counts.requests * stretched)
                )
        return structs.replace(sample, **sides)

    return [(PrometheusSource, "_count", counting)]


def a_process_out_of_sight_is_forgotten() -> list[Patch]:
    return [(counters, "REMEMBER_S", 0.0)]


def what_began_anew_counts_nothing() -> list[Patch]:
    right = _Step._take

    def taking(self: _Step, series: Series, value: float, *, sure: bool | None) -> bool:
        began = right(self, series, value, sure=sure)
        if began:
            self._increments[series] = 0.0
        return began

    return [(_Step, "_take", taking)]


def the_oldest_copy_counts() -> list[Patch]:
    right = copies.newest

    def oldest(rows: Sequence[CounterRow], *, scraped: str) -> copies.Copies:
        turned = [
            row._replace(value=-row.value) if row.asked == scraped and row.value is not None else row
            for row in rows
        ]
        found = right(turned, scraped=scraped)
        return found._replace(stamps_s={process: -at_s for process, at_s in found.stamps_s.items()})

    return [(tally, "newest", oldest)]


def buckets_that_shrank_count_whole() -> list[Patch]:
    def summing(self: _Step, _: Memory) -> tuple[Memory, dict[Series, float]]:
        for process, found in self._fresh.items():
            for series, value in found.items():
                before = self._values.get(series, 0.0 if process in self._known else value)
                self._increments[series] = value - before if value >= before else value
                self._values[series] = value
        return self._kept(frozenset()), self._increments

    return [(_Step, "taken_as_sums", summing)]


def no_answer_is_a_good_one() -> list[Patch]:
    def lenient(end: Ended) -> Outcome:
        return Outcome.GOOD if end.code == NOBODY else outcome_of(end)

    return [(tally, "outcome_of", lenient)]


def a_copy_that_is_late_counts_beside_the_other() -> list[Patch]:
    """Add up the copies of a process instead of choosing one."""

    def all_rows(rows: Any, _: object) -> Iterator[CounterRow]:
        yield from rows

    def added(rows: Any, part: Any, what: Any, broken: Any) -> dict[Series, float]:
        values: dict[Series, float] = {}
        for row in rows:
            counts = what(row) if row.asked == part else None
            if row.value is not None and counts is not None and row.process not in broken:
                series = Series(row.process, row.workload, counts)
                values[series] = values.get(series, 0.0) + row.value
        return values

    return [(copies, "_of_one_copy", all_rows), (tally, "_by_what", added)]


MUTANTS: dict[str, Callable[[], list[Patch]]] = {
    mutant.__name__: mutant
    for mutant in (
        a_sum_instead_of_series,
        any_fall_is_a_restart,
        no_fall_is_a_restart,
        a_series_that_is_gone_is_a_restart,
        every_label_tells_requests_apart,
        an_older_sample_counts,
        a_stamp_that_is_hardly_newer_counts,
        what_fell_is_the_new_base,
        a_process_that_is_new_counts_whole,
        a_series_that_is_new_counts_nothing,
        increments_are_extrapolated,
        a_process_out_of_sight_is_forgotten,
        what_began_anew_counts_nothing,
        the_oldest_copy_counts,
        buckets_that_shrank_count_whole,
        no_answer_is_a_good_one,
        a_copy_that_is_late_counts_beside_the_other,
    )
}
