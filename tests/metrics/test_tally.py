from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from console.metrics.answer import Answer, Row
from console.metrics.counters import Process, Series
from console.metrics.presets import preset_of
from console.metrics.tally import Tally, read, read_sums
from tests.metrics.scripted import V1, Pod, plan

ISTIO = preset_of(plan().metrics)


def answer(values: Iterable[tuple[str, str, float | None]]) -> Answer:
    """Rows of pod, status, and value."""
    rows = [
        Row(labels={**Pod(V1, pod).labels, "pithead_asked": "requests", "response_code": code}, value=value)
        for pod, code, value in values
    ]
    return Answer(rows=tuple(rows), at_s=1.0)


def counted(*answers: Answer) -> list[tuple[float, float]]:
    """What each reading adds: requests, and 5xx among them."""
    tally, found = Tally(), []
    for at, each in enumerate(answers):
        reading = read(each, watched=None, preset=ISTIO)
        tally, increments = tally.add(reading, now_s=5.0 * at)
        counts = increments.of(V1)
        found.append((counts.requests, counts.errors_5xx))
    return found


def test_a_process_with_a_row_that_has_no_number_counts_when_all_have_one() -> None:
    begun = answer([("a", "200", 100), ("a", "503", 10), ("b", "200", 100)])
    dumb = answer([("a", "200", 150), ("a", "503", None), ("b", "200", 150)])
    again = answer([("a", "200", 200), ("a", "503", 20), ("b", "200", 200)])
    assert counted(begun, dumb, again) == [(0, 0), (50, 0), (160, 10)]


def test_a_series_that_comes_twice_counts_once() -> None:
    begun, grown = answer([("a", "200", 100)] * 2), answer([("a", "200", 150), ("a", "200", 149)])
    assert counted(begun, grown) == [(0, 0), (50, 0)]


def test_labels_and_the_unit_of_latency_are_the_presets() -> None:
    preset = replace(
        ISTIO,
        pod_label="pod_name",
        instance_label="address",
        workload_label="service",
        code_label="status",
        grpc_label="",
        of_requests=("status",),
        latency_unit_ms=1000.0,
        callers=None,
    )
    at = {"service": "v1", "pod_name": "a", "address": "10.0.0.1", "pod": "none"}
    rows = (
        Row(labels={**at, "pithead_asked": "requests", "status": "503"}, value=5),
        Row(labels={**at, "pithead_asked": "buckets", "le": "0.25"}, value=4),
        Row(labels={**at, "pithead_asked": "scraped"}, value=100),
    )
    process = Process("", "a")
    found = read(Answer(rows=rows, at_s=101.0), watched=None, preset=preset)
    assert found.requests == {Series(process, "v1", "503"): 5}
    assert found.buckets == {Series(process, "v1", "250"): 4}
    assert found.newest_s == {"v1": 100}
    past = read_sums(
        requests=Answer(rows=rows[:1], at_s=101.0), buckets=Answer(rows=rows[1:2], at_s=101.0), preset=preset
    )
    process = Process("10.0.0.1", "a")
    assert past.requests == {Series(process, "v1", "503"): 5}
    assert past.buckets == {Series(process, "v1", "250"): 4}
