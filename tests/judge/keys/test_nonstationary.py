"""How much a version's share of bad requests moves from one stretch of time to the next."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import reduce

import pytest

from console.judge.keys.channels import Share
from console.judge.keys.nonstationary import MAX_JUMP, RECENT_S, Restless, add_recent, add_stretch


def moved(counts: Sequence[tuple[int, int]]) -> Restless:
    """Bad requests of all requests, stretch after stretch."""
    return reduce(add_stretch, (Share(total=total, bad=bad) for bad, total in counts), Restless())


def test_independent_requests_move_it_as_chance_does() -> None:
    chance = random.Random(2)
    counts = [(sum(chance.random() < 0.05 for _ in range(400)), 400) for _ in range(300)]
    assert moved(counts).ratio == pytest.approx(1.0, abs=0.2)


def test_bursts_move_it_by_their_size() -> None:
    chance = random.Random(3)
    counts = [(8 * sum(chance.random() < 0.05 for _ in range(50)), 4000) for _ in range(300)]
    assert moved(counts).ratio == pytest.approx(8.0, rel=0.2)


def test_traffic_that_grows_does_not_move_it() -> None:
    assert moved([(2 * at, 100 * at) for at in range(1, 50)]).squares == pytest.approx(0.0)


def test_an_outage_is_one_jump() -> None:
    outage = moved([(2, 1000), (1000, 1000)])
    assert outage.squares == pytest.approx(MAX_JUMP * outage.expected)


def test_a_stretch_without_requests_is_passed_over() -> None:
    assert moved([(2, 100), (0, 0), (8, 100)]) == moved([(2, 100), (8, 100)])


def test_a_few_pairs_prove_little() -> None:
    few, many = moved([(20, 1000), (40, 1000)] * 2), moved([(20, 1000), (40, 1000)] * 100)
    assert few.low < few.ratio / 2
    assert many.low > many.ratio / 1.3
    assert Restless().low == 0


CALM, OUTAGE = Share(total=7500, bad=15), Share(total=90_000, bad=45_000)


def recently(*stretches: tuple[Share, float]) -> Restless:
    """What was bad, and for how many seconds, stretch after stretch."""
    return reduce(lambda known, each: add_recent(known, each[0], span_s=each[1]), stretches, Restless())


def test_an_outage_is_no_habit() -> None:
    before = ((CALM, 15.0),) * 40
    behind = int(RECENT_S / 15)
    assert recently(*before, (OUTAGE, 180.0)).ratio > 50
    assert recently(*before, (OUTAGE, 180.0), *((CALM, 15.0),) * behind).ratio <= 1


def test_an_outage_at_the_very_beginning_is_none_either() -> None:
    behind = int(RECENT_S / 15)
    assert recently((CALM, 15.0), (OUTAGE, 180.0), *((CALM, 15.0),) * behind).ratio <= 1


def test_bursts_that_come_seldom_are_a_habit() -> None:
    seldom = (*((Share(total=450, bad=0), 15.0),) * 20, (Share(total=450, bad=20), 15.0))
    assert recently(*seldom * 12).low > 4
