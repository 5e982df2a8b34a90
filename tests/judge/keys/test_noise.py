from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from console.evidence import Counts, History, PodMinute
from console.judge.keys.channels import Channels, Share
from console.judge.keys.history import Minutes, minutes_of, total_counts
from console.judge.keys.noise import MAX_SPREAD_SQ, UNKNOWN_BURST, Noise, noise_of, profile_of
from tests.judge.keys.cases import CHANNELS, ERRORS

REQUESTS = 2000


def hour(bad: Callable[[random.Random, int], float], *, pods: int = 4, seed: int = 1) -> Minutes:
    """An hour of equally busy pods; `bad` draws a pod's bad requests of a minute."""
    chance = random.Random(seed)
    return tuple(
        {f"pod-{pod}": Share(total=REQUESTS, bad=bad(chance, pod)) for pod in range(pods)} for _ in range(60)
    )


def independent(chance: random.Random, mean: float = 10.0) -> float:
    return float(sum(chance.random() < mean / 200 for _ in range(200)))


def test_independent_requests_come_alone_and_their_pods_are_alike() -> None:
    noise = noise_of(hour(lambda chance, _pod: independent(chance)))
    assert noise.burst == pytest.approx(1.0, abs=0.15)
    assert noise.spread_sq < 0.001


def test_requests_that_share_a_fate_are_seen_as_bursts() -> None:
    noise = noise_of(hour(lambda chance, _pod: 5 * independent(chance, mean=4.0)))
    assert noise.burst == pytest.approx(5.0, rel=0.25)


def test_pods_that_differ_for_good_are_spread() -> None:
    noise = noise_of(hour(lambda chance, pod: independent(chance, mean=(5.0, 10.0, 20.0, 40.0)[pod])))
    assert noise.spread_sq > 0.3


def test_what_the_pods_go_through_together_is_no_noise() -> None:
    calm = hour(lambda chance, _pod: independent(chance))
    outage = tuple(
        {pod: Share(total=share.total, bad=share.bad * 10) for pod, share in minute.items()}
        if 20 <= at < 23
        else minute
        for at, minute in enumerate(hour(lambda _chance, _pod: 10.0))
    )
    assert noise_of(outage).burst <= noise_of(calm).burst + 0.1
    assert noise_of(outage).spread_sq == 0.0


def test_the_formula_by_hand() -> None:
    """Two pods, two minutes of 3:1 and 1:3: D1 = (20 + 4 * 1/0.5) / (20 + 8); five minutes have both.

    Together both minutes have 4 of 20: nothing moved where 2 were expected.
    """
    minutes = tuple({"a": Share(total=10, bad=a), "b": Share(total=10, bad=4 - a)} for a in (3.0, 1.0))
    assert noise_of(minutes) == Noise(burst=1.0, spread_sq=0.0, restless=20 / 22)
    wilder = tuple({"a": Share(total=10, bad=a), "b": Share(total=10, bad=40 - a)} for a in (40.0, 0.0))
    assert noise_of(wilder).burst == pytest.approx((20 + 4 * 400 / 0.5) / (20 + 80))


def test_one_pod_is_compared_with_its_own_minutes() -> None:
    one = tuple({"a": Share(total=REQUESTS, bad=bad)} for bad in (0.0, 20.0, 0.0, 20.0))
    assert noise_of(one) == Noise(burst=20.0, spread_sq=0.0, restless=(20 + 300) / (20 + 15))


@pytest.mark.parametrize("minutes", [(), ({"a": Share(total=9.0)},), ({},)])
def test_without_a_history_bad_requests_are_taken_to_come_in_pairs(minutes: Minutes) -> None:
    assert noise_of(minutes) == Noise(burst=UNKNOWN_BURST, spread_sq=0.0)


def test_the_spread_has_an_end() -> None:
    def one_pod_only(_chance: random.Random, pod: int) -> float:
        return 200.0 if pod == 0 else 0.0

    assert noise_of(hour(one_pod_only)).spread_sq <= MAX_SPREAD_SQ


def test_a_profile_knows_every_channel_and_what_stable_did_lately() -> None:
    pod = PodMinute(pod="a", counts=Counts(requests=100, errors_5xx=1, latency=(50, 30, 20)))
    history = History(
        bounds_ms=(100.0, 250.0), minutes=((pod, pod.__class__(pod="b", counts=pod.counts)),) * 20
    )
    known = profile_of(history, channels=CHANNELS, half_life_s=600.0)
    assert (len(known.judged), len(known.limits)) == (3, 1)
    errors, below, slow = known.judged_past
    assert errors.total == pytest.approx(200 * sum(2 ** (-at / 10) for at in range(20)))
    assert [each.bad / each.total for each in (errors, below, slow)] == pytest.approx([0.01, 0.5, 0.2])


def test_a_history_adds_up() -> None:
    pod = PodMinute(pod="a", counts=Counts(requests=100, errors_5xx=1, latency=(50, 30, 20)))
    history = History(minutes=((pod,), (pod,)))
    assert total_counts(history) == Counts(requests=200, errors_5xx=2, latency=(100, 60, 40))
    assert minutes_of(history, ERRORS) == ({"a": Share(total=100, bad=1)},) * 2
    assert profile_of(History(), channels=Channels(judged=(ERRORS,)), half_life_s=600.0).judged_past == (
        Share(),
    )
