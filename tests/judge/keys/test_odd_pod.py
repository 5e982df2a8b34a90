"""The worst of stable's pods, and what it excuses."""

from __future__ import annotations

import math

import pytest
from msgspec import UNSET

from console.judge.keys.channels import Kind, Share
from console.judge.keys.history import Minutes
from console.judge.keys.noise import Noise, noise_of
from console.judge.keys.odd_pod import OddPod, worst_pod
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import FAILS_MORE, SLOWER, tolerances
from tests.judge.keys.cases import BELOW, CHANNELS, ERRORS, SLOW


def hour(*bad: float, minutes: int = 60) -> Minutes:
    """Equally busy pods, each with its own bad requests a minute."""
    pods = {f"pod-{at}": Share(total=2000.0, bad=each) for at, each in enumerate(bad)}
    return (pods,) * minutes


def found(minutes: Minutes, *, kind: Kind = Kind.ERRORS) -> OddPod:
    worst = worst_pod(minutes, kind=kind)
    assert worst is not UNSET
    return worst


def test_it_is_the_one_with_most_that_is_bad_by_all_and_by_the_others() -> None:
    worst = found(hour(4, 20, 4.1, 3.9))
    assert worst.pod == "pod-1"
    assert worst.times == pytest.approx(20 / 8, rel=0.01)
    assert worst.times_others == pytest.approx(20 / 4, rel=0.01)


def test_of_events_it_is_the_one_with_fewest() -> None:
    worst = found(hour(40, 20, 40, 40), kind=Kind.EVENTS)
    assert worst.pod == "pod-1"
    assert worst.times_others == pytest.approx(2.0, rel=0.01)


def test_it_stands_alone_beside_pods_that_are_alike_and_nowhere_else() -> None:
    assert found(hour(4, 20, 4.1, 3.9)).alone
    assert not found(hour(4, 20, 8, 12)).alone
    assert not found(hour(4, 20)).alone, "one other pod says nothing of how far pods differ"


def test_pods_that_wander_are_held_to_their_worst_quarter_of_an_hour() -> None:
    quarters = [hour(*(20 if pod == at else 4 for pod in range(4)), minutes=15) for at in range(4)]
    wandering = tuple(minute for quarter in quarters for minute in quarter)
    assert found(wandering).times == pytest.approx(20 / 8, rel=0.01)


def test_one_pod_is_no_worst_one() -> None:
    assert worst_pod(hour(4), kind=Kind.ERRORS) is UNSET
    assert worst_pod((), kind=Kind.ERRORS) is UNSET


@pytest.mark.parametrize(("alone", "beyond"), [(True, 1.25), (False, FAILS_MORE)])
def test_no_more_is_tolerated_than_a_little_beyond_the_worst_pod(*, alone: bool, beyond: float) -> None:
    worst = OddPod(pod="pod-1", times=2.0, times_others=3.0, alone=alone)
    [errors] = tolerances(
        Settings(),
        channels=[ERRORS],
        past=[Share(total=1e9, bad=1e8)],
        noise=[Noise(burst=1.0, spread_sq=4.0, worst=worst)],
        stable_pods=4,
        canary_pods=1,
    )
    assert errors.ratio == pytest.approx(2.0 * beyond)
    assert errors.pod == "pod-1"


def test_of_latency_it_is_a_quarter_slower_than_the_worst_pod() -> None:
    worst = OddPod(pod="pod-1", times=2.0, times_others=3.0)
    _, slow = tolerances(
        Settings(),
        channels=[BELOW, SLOW],
        past=[Share(total=1e9, bad=1e9 * share) for share in (0.25, 0.25 / 2.5**2)],
        noise=[Noise(burst=1.0, spread_sq=4.0, worst=worst)] * 2,
        stable_pods=4,
        canary_pods=1,
    )
    assert slow.ratio == pytest.approx(2.0 * SLOWER**2)


def test_pods_that_are_alike_excuse_nothing_and_none_is_named() -> None:
    worst = OddPod(pod="pod-1", times=1.1, times_others=1.1)
    [errors] = tolerances(
        Settings(),
        channels=CHANNELS.judged[:1],
        past=[Share(total=1e9, bad=1e8)],
        noise=[Noise(burst=1.0, spread_sq=0.0, worst=worst)],
        stable_pods=4,
        canary_pods=1,
    )
    assert errors.ratio == pytest.approx(1.25)
    assert not errors.pod


def test_one_odd_pod_is_no_burst() -> None:
    """Each pod has as many bad requests each minute: nothing bursts, however much they have to compare."""
    assert noise_of(hour(40, 400, 40, 40)).burst == 1.0


def test_a_recorded_profile_that_knows_no_worst_pod_is_judged_without_a_ceiling() -> None:
    [errors] = tolerances(
        Settings(),
        channels=[ERRORS],
        past=[Share(total=1e9, bad=1e8)],
        noise=[Noise(burst=1.0, spread_sq=1.0)],
        stable_pods=4,
        canary_pods=1,
    )
    assert errors.ratio == pytest.approx(math.exp(5 * math.sqrt(math.log(2) * 1.25)))
