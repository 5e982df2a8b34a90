"""The evidence as OpenMetrics with its own times: `promtool tsdb create-blocks-from openmetrics` takes it.

Increments become counters again, from 0 at the release's opening, so `rate()` and `histogram_quantile()`
give over any window what the release saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from msgspec import Struct

from console.evidence import Counts, Look
from console.export.ticks import Tick, ticks_of
from console.judge.reading import Verdict
from console.plan.literal import literal
from console.release import events as ev

Labels = tuple[tuple[str, str], ...]
Point = tuple[float, float]
LONGEST_LABEL = 200


class Series(Struct, frozen=True):
    """One line of a family over time."""

    suffix: str
    labels: Labels
    points: tuple[Point, ...]


def openmetrics(records: Sequence[ev.Record]) -> str:
    """Lay all looks out as OpenMetrics; raises nothing where there are none."""
    return "\n".join([*_lines(records), "# EOF", ""])


def _lines(records: Sequence[ev.Record]) -> Iterator[str]:
    opened = records[0]
    assert isinstance(opened.event, ev.ReleaseOpened)
    plan, ticks = opened.event.plan, list(ticks_of(records))
    of = (("release", opened.event.release), ("service", plan.service), ("namespace", plan.namespace))
    stable: Labels = (*of, ("version", plan.stable.name), ("role", "stable"))
    canary: Labels = (*of, ("version", plan.canary.name), ("role", "canary"))
    sides: _Sides = ((stable, lambda tick: tick.sample.stable), (canary, lambda tick: tick.sample.canary))
    begin_at = opened.at
    yield from _family(
        "pithead_requests", "counter", "Requests by outcome.", _requests(ticks, sides, begin_at)
    )
    about = "Latency of requests."
    yield from _family(
        "pithead_request_duration_seconds", "histogram", about, _latency(ticks, sides, begin_at)
    )
    yield from _family("pithead_weight_percent", "gauge", "The canary's weight.", [_weight(ticks, of)])
    yield from _family("pithead_stage", "gauge", "The stage, counted from 1.", [_stage(ticks, of)])
    for name, (about, value) in _GAUGES.items():
        yield from _family(f"pithead_{name}", "gauge", about, _gauges(ticks, sides, value))
    yield from _family("pithead_business", "gauge", "A business metric.", _business(ticks, sides))
    yield from _family(
        "pithead_business_events", "counter", "Business events.", _events(ticks, sides, begin_at)
    )
    yield from _family(
        "pithead_guard", "gauge", "1 for the guard's verdict, 0 for all others.", _guards(ticks, of)
    )


_Sides = tuple[tuple[Labels, Callable[[Tick], Look]], ...]


def _family(name: str, kind: str, about: str, series: Sequence[Series]) -> Iterator[str]:
    if not any(one.points for one in series):
        return
    yield f"# TYPE {name} {kind}"
    yield f"# HELP {name} {about}"
    for one in series:
        labels = ",".join(f'{key}="{_label(value)}"' for key, value in one.labels)
        for at, value in one.points:
            yield f"{name}{one.suffix}{{{labels}}} {value:.12g} {at:.3f}"


def _label(value: str) -> str:
    shown = literal(value, longest=LONGEST_LABEL)
    return shown.replace("\\", r"\\").replace('"', r"\"")


def _requests(ticks: Sequence[Tick], sides: _Sides, begin_at: float) -> list[Series]:
    outcomes: dict[str, Callable[[Counts], float]] = {
        "5xx": lambda counts: counts.errors_5xx,
        "4xx": lambda counts: counts.errors_4xx,
        "none": lambda counts: counts.no_answer,
        "grpc_server": lambda counts: counts.grpc_server,
        "grpc_caller": lambda counts: counts.grpc_caller,
        "other": _good,
    }
    return [
        Series("_total", (*labels, ("code", code)), _summed(_counted(ticks, look, value), begin_at))
        for labels, look in sides
        for code, value in outcomes.items()
    ]


def _good(counts: Counts) -> float:
    return counts.answered - counts.errors_5xx - counts.errors_4xx - counts.grpc_server - counts.grpc_caller


def _counted(
    ticks: Sequence[Tick], look: Callable[[Tick], Look], value: Callable[[Counts], float]
) -> Iterator[Point]:
    for tick in ticks:
        counts = look(tick).counts
        if counts is not None:
            yield tick.at, value(counts)


def _summed(increments: Iterable[Point], begin_at: float) -> tuple[Point, ...]:
    """Add increments up, from 0 at the beginning."""
    steps = list(increments)
    totals = accumulate(value for _, value in steps)
    start = ((begin_at, 0.0),) if steps and steps[0][0] > begin_at else ()
    return (*start, *zip((at for at, _ in steps), totals, strict=True))


def _latency(ticks: Sequence[Tick], sides: _Sides, begin_at: float) -> list[Series]:
    bounds = {tick.sample.bounds_ms for tick in ticks if tick.sample.bounds_ms}
    if len(bounds) != 1:
        return []  # a histogram has one set of buckets: where they changed there is none to give
    edges = (*(f"{bound / 1000:.12g}" for bound in bounds.pop()), "+Inf")
    found = []
    for labels, look in sides:
        for place, edge in enumerate(edges):
            points = _summed(_counted(ticks, look, _up_to(place)), begin_at)
            found.append(Series("_bucket", (*labels, ("le", edge)), points))
        found.append(Series("_count", labels, _summed(_counted(ticks, look, _up_to(len(edges))), begin_at)))
    return found


def _up_to(place: int) -> Callable[[Counts], float]:
    return lambda counts: sum(counts.latency[: place + 1])


def _weight(ticks: Sequence[Tick], of: Labels) -> Series:
    return Series("", of, tuple((tick.at, float(tick.weight)) for tick in ticks if tick.weight is not None))


def _stage(ticks: Sequence[Tick], of: Labels) -> Series:
    return Series("", of, tuple((tick.at, float(tick.stage)) for tick in ticks))


_GAUGES: dict[str, tuple[str, Callable[[Look], float | None]]] = {
    "pods_desired": ("Pods that should be.", lambda look: look.pods.desired),
    "pods_ready": ("Pods that are ready.", lambda look: look.pods.ready),
    "pods_crash_looping": ("Pods that crash-loop.", lambda look: look.pods.crash_looping),
    "container_restarts": ("Restarts of the pods that exist.", lambda look: look.pods.restarts),
    "cpu_cores": ("Cores used.", lambda look: look.pods.cpu_cores),
    "memory_bytes": ("Memory used.", lambda look: look.pods.memory_bytes),
}


def _gauges(ticks: Sequence[Tick], sides: _Sides, value: Callable[[Look], float | None]) -> list[Series]:
    return [
        Series(
            "", labels, tuple((tick.at, seen) for tick in ticks if (seen := value(look(tick))) is not None)
        )
        for labels, look in sides
    ]


def _business(ticks: Sequence[Tick], sides: _Sides) -> list[Series]:
    found = _by_name(ticks, sides, lambda look: look.business)
    return [Series("", (*labels, ("metric", name)), tuple(points)) for labels, name, points in found]


def _events(ticks: Sequence[Tick], sides: _Sides, begin_at: float) -> list[Series]:
    return [
        Series("_total", (*labels, ("event", name)), _summed(points, begin_at))
        for labels, name, points in _by_name(ticks, sides, lambda look: look.events)
    ]


def _by_name(
    ticks: Sequence[Tick], sides: _Sides, named: Callable[[Look], dict[str, float]]
) -> Iterator[tuple[Labels, str, list[Point]]]:
    """Give each side's points of each name that any look has."""
    names = sorted({name for tick in ticks for _, look in sides for name in named(look(tick))})
    for labels, look in sides:
        seen = [(tick.at, named(look(tick))) for tick in ticks]
        for name in names:
            yield labels, name, [(at, values[name]) for at, values in seen if name in values]


def _guards(ticks: Sequence[Tick], of: Labels) -> list[Series]:
    names = dict.fromkeys(reading.guard for tick in ticks for reading in tick.readings)
    return [
        Series("", (*of, ("guard", name), ("verdict", verdict)), _said(ticks, name, verdict))
        for name in names
        for verdict in Verdict
    ]


def _said(ticks: Sequence[Tick], name: str, verdict: Verdict) -> tuple[Point, ...]:
    return tuple(
        (tick.at, float(reading.verdict is verdict))
        for tick in ticks
        for reading in tick.readings
        if reading.guard == name
    )
