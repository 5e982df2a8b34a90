"""A report of a long release holds as much as one of a short release."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.release import events as ev
from console.report.facts import facts_of
from console.report.series import series_of
from tests.releases import running, sample
from tests.report.drawn import drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT, LONG = 500, 1_500
A_TICK_BYTES = 200
"""What a tick may leave behind: a few numbers. Its record takes 1,000 bytes, the state after it as much."""

_read = msgspec.json.Decoder(ev.SampleTaken).decode


def release(*, ticks: int) -> Iterator[ev.Record]:
    """Give the records of a release, each made anew, so that whoever keeps one keeps all of it."""
    begin = running().records
    yield from begin
    tick = msgspec.json.encode(ev.SampleTaken(sample=sample()))
    for n in range(1, ticks + 1):
        yield ev.Record(n=begin[-1].n + n, at=begin[-1].at + n, event=_read(tick))


def held_bytes(*, ticks: int) -> int:
    """Give the most that the making of a report holds at once."""
    gc.collect()  # else the peak depends on when it is the collector's turn
    tracemalloc.start()
    facts = facts_of(release(ticks=ticks))
    series_of(release(ticks=ticks), begin_at=facts.opened_at, end_at=facts.ended_at)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.full
def test_what_a_report_holds_does_not_grow_with_the_release() -> None:
    held_bytes(ticks=SHORT // 10)  # what is made once stays, whoever comes first
    assert held_bytes(ticks=LONG) - held_bytes(ticks=SHORT) < (LONG - SHORT) * A_TICK_BYTES


def test_the_curves_are_the_same_whether_the_ticks_are_few_or_many() -> None:
    records = list(release(ticks=100))
    every, most = drawn(records, most_points=100), drawn(records, most_points=99)
    assert (len(every.rps.canary), len(most.rps.canary)) == (100, 99)
    assert every.looks == most.looks == 100
