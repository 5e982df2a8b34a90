"""What makes the first key safe, checked by counting every way in which chance could fall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from console.judge.keys.channels import Channels, Share, Split
from console.judge.keys.evidence import Evidence, add_block, log_gains, mirrored, no_evidence
from console.judge.keys.judge import KeysState, observe
from console.judge.keys.keyring import key
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.nonstationary import Restless
from console.judge.keys.overdispersion import Scatter
from console.judge.keys.settings import Settings
from tests.judge.keys.cases import BELOW, ERRORS, ORDERS, SLOW, block, split, started

GRID = Settings().grid
NEARLY = 1 + 1e-12
"""What is at most 1 in exact numbers may be this in floating point."""

requests = st.integers(1, 10**6)


def gains(
    counted: Split, *, tolerated: float = 1.0, burst: float = 1.0, tempered: float = 1.0, cap: float = 50.0
) -> tuple[float, ...]:
    return log_gains(counted, grid=GRID, tolerated=tolerated, burst=burst, tempered=tempered, cap=cap)


def tables(most: int) -> Iterator[tuple[int, int, list[tuple[Fraction, Split]]]]:
    """Every block of so few requests: its sizes, and each way to split what went bad, with its chance.

    Versions that are alike make it a draw without replacement, whatever made the requests go bad.
    """
    for total in range(2, most + 1):
        for canary, bad in product(range(1, total), range(total + 1)):
            stable = total - canary
            yield (
                canary,
                stable,
                [
                    (
                        Fraction(comb(canary, hits) * comb(stable, bad - hits), comb(total, bad)),
                        split((bad - hits, stable), (hits, canary)),
                    )
                    for hits in range(max(0, bad - stable), min(bad, canary) + 1)
                ],
            )


@pytest.mark.parametrize("cap", [None, Fraction(3, 2), Fraction(50)])
def test_in_exact_fractions_no_bet_gains_on_average_when_the_versions_are_alike(
    cap: Fraction | None,
) -> None:
    """Not by a rounding error: `k**x2 * ((1 + o) / (1 + k o))**m` in every block of up to 8 requests."""
    for canary, stable, splits in tables(8):
        odds = Fraction(canary, stable)
        for k in map(Fraction, map(str, GRID)):
            mean = Fraction(0)
            for chance, counted in splits:
                bad = int(counted.stable_bad + counted.canary_bad)
                pays = k ** int(counted.canary_bad) * ((1 + odds) / (1 + k * odds)) ** bad
                mean += chance * (pays if cap is None else min(pays, cap))
            assert mean <= 1, (canary, stable, k)


def test_the_judge_lays_that_very_bet() -> None:
    for canary, stable, splits in tables(6):
        odds = canary / stable
        for _chance, counted in splits:
            bad = counted.stable_bad + counted.canary_bad
            pays = [k**counted.canary_bad * ((1 + odds) / (1 + k * odds)) ** bad for k in GRID]
            assert [math.exp(gain) for gain in gains(counted, cap=1e9)] == pytest.approx(pays)


@pytest.mark.parametrize(("burst", "tempered"), [(1.0, 1.0), (1.7, 1.0), (4.0, 4.0), (1.0, 3.0), (1.7, 20.0)])
@pytest.mark.parametrize("cap", [1.5, 50.0, 1e9])
def test_no_bet_gains_on_average_when_the_versions_are_alike(
    burst: float, tempered: float, cap: float
) -> None:
    """Exhaustive: every block of up to 9 requests, tempered alike or in its gains alone."""
    for canary, stable, splits in tables(9):
        mean = [0.0] * len(GRID)
        for chance, counted in splits:
            for at, gain in enumerate(gains(counted, burst=burst, tempered=tempered, cap=cap)):
                mean[at] += float(chance) * math.exp(gain)
        assert max(mean) <= NEARLY, (canary, stable)


some = st.tuples(st.integers(0, 100), requests)
"""Bad requests, and all of them."""


@given(some, some, st.floats(1.0, 9.0), st.floats(1.0, 99.0))
def test_a_restless_stretch_tempers_gains_and_no_losses(
    stable: tuple[int, int], canary: tuple[int, int], burst: float, tempered: float
) -> None:
    counted = split(stable, canary)
    usual = gains(counted, burst=burst, cap=1e300)
    for before, after in zip(usual, gains(counted, burst=burst, tempered=tempered, cap=1e300), strict=True):
        assert after == (before if before <= 0 else pytest.approx(before * burst / max(burst, tempered)))


@pytest.mark.parametrize("tolerated", [1.25, 3.0])
def test_no_bet_on_more_than_the_tolerance_gains_at_the_tolerance(tolerated: float) -> None:
    """At the tolerated odds every bad request goes to the canary with chance o/(1+o), independently."""
    stable, canary = 7, 3
    share = tolerated * canary / (tolerated * canary + stable)
    for bad in range(12):
        mean = [0.0] * len(GRID)
        for hits in range(bad + 1):
            chance = comb(bad, hits) * share**hits * (1 - share) ** (bad - hits)
            counted = split((bad - hits, stable), (hits, canary))
            for at, gain in enumerate(gains(counted, tolerated=tolerated, cap=1e9)):
                mean[at] += chance * math.exp(gain)
        assert max(mean) <= NEARLY


# Six requests of a block; some are errors, some slow, some both: the channels depend on each other.
ERROR_OF = (True, True, False, False, True, False)
SLOW_OF = (True, False, False, True, True, False)
ORDER_OF = (False, True, True, True, False, True)
TRIAL = Channels(judged=(ERRORS, BELOW, SLOW, ORDERS))
SIZES = (2, 1, 3)
"""The canary's requests in each block: the weight grows, and new bets begin."""


def allocations(at: int) -> Iterator[tuple[Split, ...]]:
    """Every way, equally likely, to send a block's requests to the versions."""
    for canary in combinations(range(6), SIZES[at]):
        yield tuple(
            split(
                (sum(flag for i, flag in enumerate(flags) if i not in canary), 6 - len(canary)),
                (sum(flags[i] for i in canary), len(canary)),
            )
            for flags in (ERROR_OF, SLOW_OF, SLOW_OF, ORDER_OF)
        )


def restless_already(state: KeysState) -> KeysState:
    """A release whose past says to temper: jumps between the versions, and bursts in stable."""
    jumped = Scatter(jumps=60.0, pairs=10, mass=4.0, uplift=0.3, variance=0.1, share=0.4)
    moved = Restless(squares=200.0, expected=20.0, latest=Share(total=4.0, bad=2.0))
    return replace(state, keys=replace(state.keys, scatter=(jumped,) * 4, restless=(moved,) * 4))


@pytest.mark.parametrize("restless", [False, True])
@pytest.mark.parametrize("burst", [1.0, 2.0])
def test_both_keys_of_a_healthy_release_are_supermartingales(*, burst: float, restless: bool) -> None:
    """From every state that chance can lead to, the next block raises no key on average.

    The whole judge: three blocks, two stages, four channels that depend on each other, starts, a cap that
    bites, and tempering, by the hour before and by what the release itself shows.
    """
    noise = Profile(judged=(Noise(burst=burst),) * 4)
    settings = Settings(cap=2.0, warmup_s=0.0)
    begun = started(settings=settings, channels=TRIAL, noise=noise, planned_blocks=3, stages=2)
    states = [restless_already(begun) if restless else begun]
    for at, weight in enumerate((10, 10, 20)):
        reached = []
        for state in states:
            outcomes = [
                observe(state, block(at + 1, *each, weight=weight, limits=())) for each in allocations(at)
            ]
            for before, after in zip(keys(state), zip(*map(keys, outcomes), strict=True), strict=True):
                assert sum(after) / len(after) <= before * NEARLY
            reached += outcomes
        states = reached
    assert len(states) == comb(6, 2) * comb(6, 1) * comb(6, 3)
    assert all(min(state.keys.tempered[:1]) > 4 for state in states) is restless


def keys(state: KeysState) -> tuple[float, float]:
    channels = state.channels.judged
    return (
        key(state.keys, state.keys.strict, channels=channels),
        key(state.keys, state.keys.tolerant, channels=channels),
    )


@given(requests, requests, st.integers(0, 10**5), st.integers(0, 10**5), st.floats(1.0, 10.0))
def test_a_canary_that_is_not_worse_wins_no_bet(
    stable: int, canary: int, stable_bad: int, canary_bad: int, tolerated: float
) -> None:
    if canary_bad * stable > stable_bad * canary:
        stable, canary, stable_bad, canary_bad = canary, stable, canary_bad, stable_bad
    counted = split((stable_bad, stable), (canary_bad, canary))
    assert max(gains(counted, tolerated=tolerated)) <= 1e-9


@given(requests, requests, st.integers(0, 1000), st.integers(0, 1000))
def test_no_block_counts_for_more_than_the_cap(stable: int, canary: int, bad: int, canary_bad: int) -> None:
    assert max(gains(split((bad, stable), (canary_bad, canary)), cap=50.0)) <= math.log(50.0)


@given(requests, requests, st.integers(0, 200), st.integers(0, 200), st.floats(1.0, 9.0))
def test_tempering_takes_the_root_of_a_gain(
    stable: int, canary: int, bad: int, canary_bad: int, burst: float
) -> None:
    counted = split((bad, stable), (canary_bad, canary))
    whole, tempered = gains(counted, cap=1e300), gains(counted, burst=burst, cap=1e300)
    assert [each * burst for each in tempered] == pytest.approx(whole)


@pytest.mark.parametrize("counted", [split((0, 0), (5, 5)), split((5, 5), (0, 0)), split((0, 9), (0, 9))])
def test_a_block_without_bad_requests_or_without_a_version_says_nothing(counted: Split) -> None:
    assert gains(counted) == (0.0,) * len(GRID)


def test_evidence_never_overflows() -> None:
    evidence = no_evidence(GRID)
    for _ in range(1000):
        evidence = add_block(evidence, gains=(math.log(50.0),) * len(GRID), fresh=0.001)
    assert math.isfinite(evidence.against(spent=1.0))


def test_what_is_not_laid_out_stays_in_the_purse() -> None:
    assert Evidence(bets=(0.0, 2.0)).against(spent=0.25) == 1.75


def test_a_mirror_seen_in_a_mirror_is_the_split_itself() -> None:
    counted = split((2, 100), (3, 50))
    assert mirrored(mirrored(counted)) == counted
    assert mirrored(counted) == split((3, 50), (2, 100))
