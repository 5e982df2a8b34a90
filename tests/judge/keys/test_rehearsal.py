from __future__ import annotations

import random
from collections.abc import Callable

from msgspec import UNSET

from console.evidence import Counts, History, PodMinute
from console.judge.keys.channels import Channels
from console.judge.keys.noise import Profile, profile_of
from console.judge.keys.rehearsal import Rehearsal, rehearse, temper
from console.judge.keys.settings import Settings
from tests.judge.keys.cases import ERRORS

CHANNELS = Channels(judged=(ERRORS,))


def history(errors: Callable[[random.Random, int, int], float], *, pods: int = 4) -> History:
    """An hour; `errors` draws those of a minute and pod."""
    chance = random.Random(5)
    return History(
        minutes=tuple(
            tuple(
                PodMinute(
                    pod=f"pod-{pod}",
                    counts=Counts(requests=2000.0, errors_5xx=errors(chance, minute, pod)),
                )
                for pod in range(pods)
            )
            for minute in range(60)
        )
    )


def rehearsed(past: History, *, noise: Profile | None = None) -> Rehearsal:
    settings = Settings()
    known = noise or profile_of(past, channels=CHANNELS, half_life_s=settings.half_life_s)
    result = rehearse(past, settings=settings, channels=CHANNELS, profile=known)
    assert result is not None
    return result


def few(chance: random.Random, _minute: int, _pod: int) -> float:
    return float(sum(chance.random() < 0.02 for _ in range(200)))


def test_a_calm_service_is_calibrated_as_it_is() -> None:
    result = rehearsed(history(few))
    assert (result.calibrated, result.tempered, result.pods_z, result.minutes) == (True, 1.0, 5.0, 240)
    assert result.k1 < 20


def test_a_service_that_is_noisier_than_it_was_is_judged_more_calmly() -> None:
    """The profile is a calm one; since then one pod fails half as often again as the others."""

    def uneven(chance: random.Random, minute: int, pod: int) -> float:
        return few(chance, minute, pod) * (1.7 if pod == 0 else 1.0)

    calm = profile_of(history(few), channels=CHANNELS, half_life_s=600.0)
    result = rehearsed(history(uneven), noise=calm)
    assert result.tempered > 1.0 or not result.calibrated


def test_a_pod_that_is_broken_can_not_be_told_from_a_canary() -> None:
    def broken(chance: random.Random, minute: int, pod: int) -> float:
        return 400.0 if pod == 2 else few(chance, minute, pod)

    calm = profile_of(history(few), channels=CHANNELS, half_life_s=600.0)
    assert not rehearsed(history(broken), noise=calm).calibrated


def test_one_pod_alone_has_nobody_to_rehearse_with() -> None:
    past = history(few, pods=1)
    known = profile_of(past, channels=CHANNELS, half_life_s=600.0)
    assert rehearse(past, settings=Settings(), channels=CHANNELS, profile=known) is None


def test_tempering_makes_bursts_larger_and_leaves_the_past() -> None:
    known = profile_of(history(few), channels=CHANNELS, half_life_s=600.0)
    twice = temper(known, 2.0)
    assert [each.burst for each in twice.judged] == [2 * each.burst for each in known.judged]
    assert twice.judged_past == known.judged_past


def test_a_pod_that_is_known_to_be_odd_is_named_and_calms_nothing() -> None:
    def odd(chance: random.Random, minute: int, pod: int) -> float:
        return few(chance, minute, pod) * (5.0 if pod == 2 else 1.0)

    result = rehearsed(history(odd))
    assert (result.calibrated, result.tempered, result.worst) == (True, 1.0, "pod-2")
    assert rehearsed(history(few)).worst is UNSET
