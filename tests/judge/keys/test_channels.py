from __future__ import annotations

import pytest

from console.evidence import Counts
from console.judge.keys.channels import Channels, Kind, Limit, Share, choose_channels, count
from tests.judge.keys.cases import ERRORS, ORDERS, SLOW

BOUNDS_MS = (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
HISTORY = Counts(requests=1000, latency=(100, 300, 400, 100, 60, 30, 9, 1))
"""20% are slower than 50 ms, 60% slower than 25 ms."""


def chosen(history: Counts = HISTORY, *, events: tuple[str, ...] = ()) -> Channels:
    return choose_channels(bounds_ms=BOUNDS_MS, history=history, events=events)


def test_the_lowest_four_edges_that_a_quarter_exceeds_are_judged() -> None:
    judged = [each.edge_ms for each in chosen().judged if each.kind is Kind.SLOW and each.weight > 0]
    assert judged == [50.0, 100.0, 250.0, 500.0]


def test_the_bound_below_them_is_counted_but_not_judged() -> None:
    assert [each.edge_ms for each in chosen().judged if each.kind is Kind.SLOW and each.weight == 0] == [25.0]


def test_fewer_edges_share_the_same_part_of_the_budget() -> None:
    slow = Counts(requests=100, latency=(0, 0, 0, 0, 40, 40, 20, 0))
    weights = [each.weight for each in chosen(slow).judged if each.kind is Kind.SLOW]
    assert weights == pytest.approx([0.0, 0.12, 0.12])


def test_all_weights_are_one_budget() -> None:
    for channels in (chosen(), chosen(Counts()), chosen(events=("orders", "logins"))):
        assert sum(each.weight for each in channels.judged) == pytest.approx(1.0)


def test_without_a_history_latency_is_not_judged() -> None:
    assert [each.name for each in chosen(Counts()).judged] == ["errors", "4xx"]


def test_a_channel_counts_errors_slow_requests_and_events() -> None:
    counted = count(
        (ERRORS, SLOW, ORDERS, Limit(name="slow", kind=Kind.SLOW, edge_ms=300.0)),
        Counts(requests=110, errors_5xx=3, latency=(0, 0, 0, 50, 30, 10, 6, 4)),
        bounds_ms=BOUNDS_MS,
        events={"orders": 7},
    )
    assert counted == (
        Share(total=110, bad=3),
        Share(total=100, bad=20),
        Share(total=110, bad=7),
        Share(total=100, bad=18),
    )


def test_what_was_not_seen_is_counted_of_no_requests() -> None:
    nothing = count((SLOW, ORDERS), Counts(requests=110), bounds_ms=(), events={})
    assert nothing == (Share(), Share())
