from __future__ import annotations

import asyncio

import pytest

from console.errors import EvidenceError
from console.evidence import Counts, History
from console.metrics.evidence_source import PrometheusSource
from console.metrics.history import stable_history
from console.metrics.range_answer import RangeAnswer
from tests.metrics.scripted import V1, V2, Pod, ScriptedPrometheus, plan

NOW_S = 36_000.0


def pod(instance: str, requests: float, errors: float = 0, deployment: str = V1) -> Pod:
    """A pod of which a tenth of all requests took longer than 50 ms."""
    return Pod(
        deployment,
        instance,
        scraped_s=NOW_S,
        requests={"200": requests - errors, "500": errors},
        below={"50": requests * 0.9, "+Inf": requests},
    )


def prometheus(*minutes: list[Pod]) -> ScriptedPrometheus:
    """The last of `minutes` is now."""
    api = ScriptedPrometheus(*minutes[-1], now_s=NOW_S)
    api.past = {NOW_S - 60.0 * at: pods for at, pods in enumerate(reversed(minutes))}
    return api


def history(api: ScriptedPrometheus, *, back_s: float = 3600.0) -> History:
    return asyncio.run(stable_history(api, plan(), deadline_s=5, back_s=back_s))


def requests(past: History) -> list[dict[str, float]]:
    return [{each.pod: each.counts.requests for each in minute} for minute in past.minutes]


A, B = f"{V1}-abc-a", f"{V1}-abc-b"


def test_every_pod_s_minutes_are_the_growth_of_its_counters() -> None:
    past = history(
        prometheus(
            [pod("a", 1000, 10), pod("b", 500)],
            [pod("a", 1100, 12), pod("b", 550)],
            [pod("a", 1300, 12), pod("b", 560)],
        )
    )
    assert requests(past) == [{A: 100, B: 50}, {A: 200, B: 10}]
    assert past.bounds_ms == (50.0,)
    assert past.minutes[0][0].counts == Counts(requests=100, errors_5xx=2, latency=(90, 10))


def test_a_minute_in_which_a_sum_shrank_counts_nothing_and_never_backwards() -> None:
    past = history(prometheus([pod("a", 1000)], [pod("a", 1100)], [pod("a", 30)], [pod("a", 130)]))
    assert requests(past) == [{A: 100}, {A: 0}, {A: 100}]


def test_a_pod_that_goes_is_absent_afterwards_and_one_that_comes_counts_from_its_second_minute() -> None:
    past = history(
        prometheus([pod("a", 1000), pod("b", 10)], [pod("a", 1100)], [pod("a", 1200), pod("c", 900)])
    )
    assert [set(minute) for minute in requests(past)] == [{A}, {A, f"{V1}-abc-c"}]
    assert requests(past)[1][f"{V1}-abc-c"] == 0


def test_the_canary_has_no_part_in_it() -> None:
    api = prometheus([pod("a", 1000)], [pod("a", 1100)])
    history(api)
    assert not any(V2 in promql for promql in api.asked)


def test_a_hole_in_the_past_gives_no_minute_of_many_minutes() -> None:
    past = history(prometheus([pod("a", 0)], [pod("a", 100)], [], [pod("a", 300)], [pod("a", 400)]))
    assert requests(past) == [{A: 100}, {A: 100}]


def test_a_long_past_is_asked_for_in_pieces_that_join() -> None:
    minutes = [[pod("a", 10.0 * at)] for at in range(24 * 60 + 1)]
    api = prometheus(*minutes)
    past = history(api, back_s=24 * 3600.0)
    assert requests(past) == [{A: 10.0}] * (24 * 60)
    assert all((end_s - start_s) / 60 < 11_000 for start_s, end_s in api.ranges)
    assert len(api.ranges) > 2


def test_a_prometheus_without_stable_says_so() -> None:
    with pytest.raises(EvidenceError, match="no series of the stable version"):
        history(ScriptedPrometheus())


def test_a_source_without_a_past_gives_none_and_no_error() -> None:
    api = prometheus([pod("a", 0)], [pod("a", 100)])
    source = PrometheusSource(plan(), api)
    assert asyncio.run(source.history(deadline_s=5)) is not None
    api.errors["istio_request_duration"] = "no"
    assert asyncio.run(source.history(deadline_s=5)) is None


def test_a_prometheus_that_hangs_takes_no_longer_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object, **__: object) -> RangeAnswer:
        await asyncio.Event().wait()
        raise AssertionError

    api = ScriptedPrometheus(pod("a", 1))
    monkeypatch.setattr(api, "query_range", hang)
    assert asyncio.run(PrometheusSource(plan(), api).history(deadline_s=0.01)) is None


def test_a_past_with_a_number_that_cannot_be_is_none() -> None:
    with pytest.raises(EvidenceError, match="a number that can't be"):
        history(prometheus([pod("a", 1000)], [pod("a", 1e19)], [pod("a", 1e300)]))
