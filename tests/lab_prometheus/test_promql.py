"""What holds on machines without Prometheus too; the long list is in `test_against_prometheus`."""

from __future__ import annotations

import pytest

from console.lab.promql import LOOKBACK_S, evaluate
from console.lab.promql_values import Element, QueryError, Value
from console.lab.series import KEEP_S, Labels, Point, SeriesStore


def store(*, at: float = 1000.0, **values: float | None) -> SeriesStore:
    """One sample of each series."""
    held = SeriesStore()
    for name, value in values.items():
        held.append(Labels({("__name__", name)}), Point(at, value))
    return held


def counting(*points: tuple[float, float | None], name: str = "hits_total") -> SeriesStore:
    held = SeriesStore()
    for at_s, value in points:
        held.append(Labels({("__name__", name)}), Point(at_s, value))
    return held


def number(value: Value) -> float | None:
    assert isinstance(value, list)
    return value[0].value if value else None


def test_a_selector_gives_the_latest_sample_with_its_name() -> None:
    assert evaluate("up", store(up=1), at_s=1001) == [Element(Labels({("__name__", "up")}), 1)]


def test_a_series_without_a_sample_for_long_is_gone() -> None:
    assert evaluate("up", store(up=1), at_s=1000 + LOOKBACK_S - 1) != []
    assert evaluate("up", store(up=1), at_s=1000 + LOOKBACK_S) == []


def test_a_series_that_ended_is_gone_at_once() -> None:
    assert evaluate("hits_total", counting((1000, 5), (1001, None)), at_s=1001) == []


def test_a_rate_sees_through_a_restart() -> None:
    counter = counting((1000, 100), (1010, 200), (1020, 50), (1030, 150))
    assert number(evaluate("increase(hits_total[30s])", counter, at_s=1030)) == pytest.approx(250)


def test_a_rate_needs_two_samples() -> None:
    assert evaluate("rate(hits_total[1m])", counting((1000, 5)), at_s=1001) == []


def test_an_empty_side_can_be_filled_with_a_number() -> None:
    assert number(evaluate("errors_total or vector(0)", store(up=1), at_s=1001)) == 0


@pytest.mark.parametrize(
    ("promql", "words"),
    [
        ("absent(up)", r"the function absent\(\)"),
        ("topk(1, up)", r"the aggregation topk\(\)"),
        ("up * on (a) group_left (b) up", "group_left and group_right"),
        ("up ^ 2", r"the operator \^"),
        ("up @ 10", "'@'"),
        ("up[1m]", "MatrixSelector"),
        ("max_over_time(up[5m:1m])", r"the function max_over_time\(\)"),
        ('"text"', "StringLiteral"),
    ],
)
def test_what_is_not_known_is_refused_by_name(promql: str, words: str) -> None:
    with pytest.raises(QueryError, match=f"does not know {words}; a real Prometheus does") as caught:
        evaluate(promql, store(up=1), at_s=1001)
    assert caught.value.kind == "execution"


def test_old_samples_and_ended_series_are_forgotten() -> None:
    held = counting((1000, 1), (1000 + KEEP_S + 1, 2))
    ((_, points),) = held.named("hits_total")
    assert [point.value for point in points] == [2]
    held.forget(before_s=5000)
    assert list(held.named("hits_total")) == []
