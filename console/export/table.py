"""The evidence as CSV, a line a look.

| column | what it is |
|---|---|
| `record` | the record's number in the journal |
| `at` | when the look was taken, epoch seconds, UTC |
| `time` | the same as ISO 8601 |
| `stage`, `weight` | the stage, counted from 1, and the canary's weight in percent |
| `span_s`, `data_age_s` | how long a time the counts cover, and how old the newest data was |
| `trouble` | why something is missing |
| `VERSION_requests`, `_errors_4xx`, `_errors_5xx` | counted within the span |
| `VERSION_no_answer`, `_grpc_server`, `_grpc_caller` | no answer, or failed by gRPC status |
| `VERSION_p50_ms`, `_p99_ms` | latency, estimated from the buckets |
| `VERSION_pods_desired`, `_pods_ready`, `_restarts`, `_crash_looping` | the pods as Kubernetes counts them |
| `VERSION_cpu_cores`, `_memory_bytes` | what the pods use |
| `VERSION_le_BOUNDms`, `VERSION_le_inf` | requests of the span that took no longer than this |
| `VERSION_business_NAME` | a business metric |
| `VERSION_events_NAME` | business events counted within the span |

VERSION is `stable` or `canary`. What was not seen is empty, never 0.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from console.evidence import Look, Sample
from console.export.ticks import Tick, ticks_of
from console.judge.tally import quantile_ms
from console.plan.literal import literal
from console.plan.units import words_number
from console.release import events as ev

LONGEST_TEXT = 500
FORMULA_SIGNS = ("=", "+", "-", "@")
Cell = str | int | float | None
Row = dict[str, Cell]


def table(records: Sequence[ev.Record]) -> str:
    """Lay all looks out as CSV."""
    rows = [_row(tick) for tick in ticks_of(records)]
    columns = dict.fromkeys(name for row in rows for name in row) or dict.fromkeys(FIRST)
    made = io.StringIO()
    writer = csv.DictWriter(made, [*columns], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()


COUNTED = ("requests", "errors_4xx", "errors_5xx", "no_answer", "grpc_server", "grpc_caller")
"""The counts that are columns, by their fields' names."""
FIRST = ("record", "at", "time", "stage", "weight", "span_s", "data_age_s", "trouble")


def _row(tick: Tick) -> Row:
    sample = tick.sample
    time = datetime.fromtimestamp(tick.at, UTC).isoformat(timespec="milliseconds")
    about = (
        tick.record,
        tick.at,
        time,
        tick.stage,
        tick.weight,
        sample.span_s,
        sample.data_age_s,
        _text(sample.trouble),
    )
    row: Row = dict(zip(FIRST, about, strict=True))
    for side, look in (("stable", sample.stable), ("canary", sample.canary)):
        row |= {f"{side}_{name}": cell for name, cell in _cells(look, sample)}
    return row


def _cells(look: Look, sample: Sample) -> Iterator[tuple[str, Cell]]:
    counts, pods = look.counts, look.pods
    for name in COUNTED:
        yield name, None if counts is None else getattr(counts, name)
    for name, q in (("p50_ms", 0.5), ("p99_ms", 0.99)):
        yield name, None if counts is None else quantile_ms(counts, sample.bounds_ms, q)
    yield from (("pods_desired", pods.desired), ("pods_ready", pods.ready), ("restarts", pods.restarts))
    yield from (("crash_looping", pods.crash_looping), ("cpu_cores", pods.cpu_cores))
    yield "memory_bytes", pods.memory_bytes
    if counts is not None and counts.latency:
        edges = (*(f"{words_number(bound)}ms" for bound in sample.bounds_ms), "inf")
        yield from zip((f"le_{edge}" for edge in edges), accumulate(counts.latency), strict=True)
    yield from ((f"business_{_text(name)}", value) for name, value in sorted(look.business.items()))
    yield from ((f"events_{_text(name)}", count) for name, count in sorted(look.events.items()))


def _text(value: str) -> str:
    """Make text from outside harmless, also for a spreadsheet, which would take some of it for a formula."""
    shown = literal(value, longest=LONGEST_TEXT)
    return f"'{shown}" if shown.startswith(FORMULA_SIGNS) else shown
