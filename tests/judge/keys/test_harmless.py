"""The third key: a canary that is alike is shown not to be worse; one that is just beyond hardly ever is."""

from __future__ import annotations

from random import Random

import pytest

from console.judge.keys.channels import Channel, Kind, Split
from console.judge.keys.evidence import Evidence
from console.judge.keys.harmless import ALL, Harmless, show, shown
from console.judge.keys.noise import Noise
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import Tolerated, tolerated_errors

SETTINGS = Settings(third_key=True)
CHANNELS = (Channel(name="errors", kind=Kind.ERRORS, weight=1.0),)
USUAL = 0.002
STAGES = 3


def poisson(chance: Random, mean: float) -> float:
    """Draw, exactly enough for sums of thousands."""
    if mean > 500:
        return max(0.0, round(chance.gauss(mean, mean**0.5)))
    left, drawn = chance.expovariate(1.0), 0
    while left < mean:
        left, drawn = left + chance.expovariate(1.0), drawn + 1
    return float(drawn)


def taken(before: Harmless, split: Split, *, limit: Tolerated, weight: int) -> Harmless:
    """Take in one block of one channel."""
    noise, tempered = (Noise(),), (1.0,)
    return show(
        before, (split,), weight=weight, tolerated=(limit,), noise=noise, tempered=tempered, settings=SETTINGS
    )


def released(
    chance: Random, *, canary: float, limit: Tolerated, blocks: int, rps: float = 500.0, weight: int = 10
) -> int | None:
    """Give the block in which it is shown; None where it never is."""
    harmless = Harmless()
    for block in range(1, blocks + 1):
        served, beside = rps * 15 * weight / 100, rps * 15 * (100 - weight) / 100
        split = Split(
            stable=beside,
            stable_bad=poisson(chance, beside * USUAL),
            canary=served,
            canary_bad=poisson(chance, served * canary),
        )
        harmless = taken(harmless, split, limit=limit, weight=weight)
        if shown(harmless, channels=CHANNELS, weight=weight, settings=SETTINGS, stages=STAGES):
            return block
    return None


@pytest.mark.parametrize("delta", [0.0005, 0.001, 0.02])
def test_a_canary_just_beyond_what_is_tolerated_is_hardly_ever_shown_not_to_be_worse(delta: float) -> None:
    limit = tolerated_errors(Settings(delta=delta), usual=USUAL)
    beyond = (USUAL + limit.lent) * limit.asked
    chance = Random(1)
    wrong = sum(released(chance, canary=beyond, limit=limit, blocks=120) is not None for _ in range(400))
    assert wrong <= 4, f"{wrong} of 400: at most one of a hundred"


def test_a_canary_that_is_alike_is_shown_so_and_sooner_where_more_is_tolerated() -> None:
    chance, found = Random(2), {}
    for delta in (0.001, 0.005, 0.02):
        limit = tolerated_errors(Settings(delta=delta), usual=USUAL)
        blocks = [released(chance, canary=USUAL, limit=limit, blocks=800) for _ in range(40)]
        assert sum(block is not None for block in blocks) >= 38
        found[delta] = sorted(block or 800 for block in blocks)[20]
    assert found[0.001] > found[0.005] > found[0.02]


def test_another_weight_has_shown_nothing_yet() -> None:
    sure = Harmless(weight=10, evidence=(Evidence(bets=(1e6,) * len(SETTINGS.grid)),))
    assert shown(sure, channels=CHANNELS, weight=10, settings=SETTINGS, stages=STAGES)
    assert not shown(sure, channels=CHANNELS, weight=25, settings=SETTINGS, stages=STAGES)


def test_one_channel_that_has_shown_nothing_is_enough_against_it() -> None:
    sure, unsure = (Evidence(bets=(won,) * len(SETTINGS.grid)) for won in (1e6, 1.0))
    both = Harmless(weight=10, evidence=(sure, unsure))
    channels = (*CHANNELS, Channel(name="slow>100ms", kind=Kind.SLOW, weight=0.5))
    assert unsure.against(spent=ALL) == pytest.approx(1.0)
    assert not shown(both, channels=channels, weight=10, settings=SETTINGS, stages=STAGES)
    uncounted = (*CHANNELS, Channel(name="slow>100ms", kind=Kind.SLOW, weight=0.0))
    assert shown(both, channels=uncounted, weight=10, settings=SETTINGS, stages=STAGES)


def test_without_requests_of_both_nothing_is_shown() -> None:
    limit = tolerated_errors(SETTINGS, usual=USUAL)
    empty = taken(Harmless(), Split(stable=1e6), limit=limit, weight=10)
    assert not shown(empty, channels=CHANNELS, weight=10, settings=SETTINGS, stages=STAGES)
