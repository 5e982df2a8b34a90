from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from console.lab.request_log import (
    HEADER,
    Response,
    binomial_chance,
    last_response_of,
    ledger_line,
    read_ledger,
    served_between,
    split_check,
)

if TYPE_CHECKING:
    from pathlib import Path


def response(at: float, version: str = "v1", *, ms: float = 10.0, status: int = 200) -> Response:
    return Response(at=at, version=version, status=status, ms=ms)


def traffic(*, since: float, until: float, weight: float, seed: int = 1) -> list[Response]:
    """A thousand requests, of which `weight` percent go to v2."""
    drawn = random.Random(seed)
    times = [since + (until - since) * n / 1000 for n in range(1000)]
    return [response(at, "v2" if drawn.random() * 100 < weight else "v1", ms=0.0) for at in times]


def test_what_is_written_is_read_back_without_a_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    whole = ledger_line(at=1.5, version="v2", status=503, ms=7.25) + ledger_line(
        at=2.5, version="", status=0, ms=1.0
    )
    path.write_text(HEADER + whole + "3.5,v1,2")
    assert read_ledger(path) == (
        Response(at=1.5, version="v2", status=503, ms=7.25),
        Response(at=2.5, version="", status=0, ms=1.0),
    )


def test_a_lost_connection_and_a_5xx_failed_but_a_404_did_not() -> None:
    assert [response(1, status=status).failed for status in (0, 200, 404, 500, 503)] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_the_moment_of_sending_decides_which_span_an_answer_belongs_to() -> None:
    slow = response(10.2, ms=500)
    assert served_between([slow], since=9, until=10) == (slow,)
    assert served_between([slow], since=10, until=11) == ()


def test_answers_of_one_version_can_be_picked() -> None:
    both = [response(1, "v1"), response(1, "v2")]
    assert served_between(both, since=0, until=2, version="v2") == (both[1],)


def test_the_last_response_is_the_latest_and_not_the_last_line() -> None:
    ledger = [response(5, "v2"), response(7, "v2"), response(6, "v2"), response(8, "v1")]
    assert last_response_of(ledger, version="v2", after=4) == ledger[1]


def test_a_version_that_was_silent_has_no_last_response() -> None:
    assert last_response_of([response(5, "v2")], version="v2", after=5) is None


def test_the_weights_that_were_in_force_agree() -> None:
    ledger = traffic(since=0, until=10, weight=0) + traffic(since=10, until=20, weight=25)
    rows = split_check(ledger, [(0, 0), (10, 25)], canary="v2", until=20)
    assert [(row.weight, row.agrees) for row in rows] == [(0, True), (25, True)]


def test_another_split_than_the_one_asked_for_does_not_agree() -> None:
    (row,) = split_check(traffic(since=0, until=10, weight=25), [(0, 50)], canary="v2", until=10)
    assert not row.agrees


def test_a_single_canary_answer_at_weight_zero_does_not_agree() -> None:
    ledger = [*traffic(since=0, until=10, weight=0), response(5, "v2")]
    (row,) = split_check(ledger, [(0, 0)], canary="v2", until=10)
    assert (row.canary, row.agrees) == (1, False)


def test_requests_sent_too_close_to_a_change_prove_nothing() -> None:
    edges = [response(10.08, "v2", ms=0), response(9.92, "v2", ms=0)]
    rows = split_check(edges, [(0, 0), (10, 0)], canary="v2", until=20)
    assert [row.requests for row in rows] == [0, 0]


def test_a_span_without_requests_says_nothing_and_agrees() -> None:
    (row,) = split_check([], [(0, 50)], canary="v2", until=10)
    assert (row.served, row.agrees) == (None, True)


def test_a_span_shorter_than_its_edges_is_left_out() -> None:
    rows = split_check([], [(0, 5), (0.09, 0)], canary="v2", until=10)
    assert [row.weight for row in rows] == [0]


def test_answers_that_went_nowhere_do_not_count_for_either_version() -> None:
    (row,) = split_check([response(5, "", status=0)], [(0, 0)], canary="v2", until=10)
    assert row.requests == 0


@given(st.integers(1, 300), st.sampled_from([0.01, 0.05, 0.25, 0.5, 0.99]), st.data())
def test_chance_falls_with_the_distance_from_what_was_expected(
    trials: int, ratio: float, data: st.DataObject
) -> None:
    above = data.draw(st.integers(min(trials, int(trials * ratio) + 1), trials))
    near = binomial_chance(above, trials=trials, ratio=ratio)
    far = binomial_chance(trials, trials=trials, ratio=ratio)
    assert 0 <= far <= near <= 1


def test_chance_is_the_binomial_tail_doubled() -> None:
    assert round(binomial_chance(9, trials=10, ratio=0.5), 6) == round(2 * 11 / 1024, 6)
