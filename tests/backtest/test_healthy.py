from __future__ import annotations

from random import Random

import pytest
from msgspec import structs

from console.backtest.healthy import HealthyRelease
from console.evidence import Counts, History, PodMinute, Sample
from tests.backtest.histories import even


def samples(past: History, *, weight: int, span_s: float = 5.0, many: int = 240) -> list[Sample]:
    release = HealthyRelease(past, chance=Random(11))
    return [release.sample(weight=weight, span_s=span_s) for _ in range(many)]


def total(drawn: list[Sample], version: str) -> Counts:
    looks = [getattr(each, version).counts for each in drawn]
    return Counts(
        requests=sum(each.requests for each in looks), errors_5xx=sum(each.errors_5xx for each in looks)
    )


@pytest.mark.parametrize("weight", [1, 10, 25, 60])
def test_the_canary_gets_its_weight_of_the_requests_and_its_share_of_the_errors(weight: int) -> None:
    drawn = samples(even(errors=12.0), weight=weight)
    stable, canary = total(drawn, "stable"), total(drawn, "canary")
    everything = 4 * 600 * 20
    assert canary.requests == pytest.approx(everything * weight / 100, rel=0.1)
    assert stable.requests + canary.requests == pytest.approx(everything, rel=0.02)
    assert canary.errors_5xx == pytest.approx(canary.requests * 0.02, abs=4 * (canary.requests * 0.02) ** 0.5)


@pytest.mark.parametrize("weight", [0, 100])
def test_at_the_ends_one_version_serves_all(weight: int) -> None:
    drawn = samples(even(), weight=weight, many=12)
    idle, busy = ("canary", "stable") if weight == 0 else ("stable", "canary")
    assert total(drawn, idle).requests == 0
    assert total(drawn, busy).requests > 2000


def test_buckets_add_up_to_the_requests() -> None:
    for sample in samples(even(slow=60.0), weight=10, many=24):
        for look in (sample.stable, sample.canary):
            assert look.counts is not None
            assert sum(look.counts.latency) == look.counts.requests


def test_no_request_is_drawn_twice_or_lost() -> None:
    """Else the drawn releases would be noisier than the service is, and every rule look worse."""
    release = HealthyRelease(even(errors=7.0), chance=Random(5))
    for _ in range(10):
        drawn = [release.sample(weight=30, span_s=5.0) for _ in range(12)]
        stable, canary = total(drawn, "stable"), total(drawn, "canary")
        assert stable.requests + canary.requests == 2400
        assert stable.errors_5xx + canary.errors_5xx == 28


def test_a_pod_that_is_worse_than_the_others_plays_whole() -> None:
    """One pod of four has all the errors: in a release at 25% it is the canary or it is not."""
    calm, bad = Counts(requests=600.0), Counts(requests=600.0, errors_5xx=60.0)
    minute = tuple(PodMinute(pod=f"pod-{at}", counts=bad if at == 0 else calm) for at in range(4))
    past = History(minutes=(minute,) * 30)
    shares = set()
    for seed in range(40):
        release = HealthyRelease(past, chance=Random(seed))
        drawn = [release.sample(weight=25, span_s=5.0) for _ in range(12)]
        shares.add(round(total(drawn, "canary").errors_5xx / total(drawn, "canary").requests, 1))
    assert shares == {0.0, 0.1}


def test_a_tick_longer_than_a_minute_covers_all_of_them() -> None:
    (sample,) = samples(even(), weight=50, span_s=150.0, many=1)
    assert sample.stable.counts is not None
    assert sample.canary.counts is not None
    assert sample.stable.counts.requests + sample.canary.counts.requests == pytest.approx(6000, rel=0.02)


def test_the_same_seed_draws_the_same_release() -> None:
    assert samples(even(errors=5.0), weight=10) == samples(even(errors=5.0), weight=10)


def test_events_fall_to_the_versions_as_the_requests_do_and_none_is_lost() -> None:
    past = even()
    minutes = tuple(
        tuple(structs.replace(each, events={"orders": 180.0}) for each in minute) for minute in past.minutes
    )
    drawn = samples(structs.replace(past, minutes=minutes), weight=25, many=240)
    stable, canary = (
        sum(getattr(each, version).events["orders"] for each in drawn) for version in ("stable", "canary")
    )
    assert stable + canary == 4 * 180 * 20
    assert canary == pytest.approx(0.25 * (stable + canary), rel=0.1)
