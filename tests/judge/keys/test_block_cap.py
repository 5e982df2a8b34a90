"""What a block may win where it can show any split: behind a shared outage, and as the weight grows."""

from __future__ import annotations

from functools import reduce

import pytest
from msgspec.structs import replace

from console.judge.keys.block_cap import GROWN, NOTHING, block_cap
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Split
from console.judge.keys.course import Course
from console.judge.keys.judge import KeysState, observe, resume, verdict
from console.judge.keys.settings import Settings
from console.judge.verdict import Action
from tests.judge.keys.cases import CHANNELS, block, split, started

SETTINGS = Settings()
WELL, CANARY_BAD = (split((8, 4000), (bad, 4000)) for bad in (8, 2000))
OUTAGE = split((2000, 4000), (2000, 4000))


def told(*errors: Split, weight: int = 50) -> KeysState:
    """Both versions' errors block after block; nothing is slow."""
    return reduce(observe, blocks(*errors, weight=weight), started())


def blocks(*errors: Split, weight: int = 50, after: int = 0) -> list[Block]:
    calm = split((8, 4000), (8, 4000))
    return [block(after + at, each, calm, calm, weight=weight) for at, each in enumerate(errors, start=1)]


def cap(state: KeysState, following: Block) -> float:
    limits = CHANNELS.limits
    return block_cap(following, settings=SETTINGS, course=state.course, watch=state.limits, limits=limits)


def next_cap(state: KeysState, errors: Split, *, weight: int = 50) -> float:
    [following] = blocks(errors, weight=weight, after=round(state.course.at_s / 15))
    return cap(state, following)


def test_for_a_minute_behind_a_shared_outage_nothing_is_won() -> None:
    seen = [WELL, *[OUTAGE] * 6]
    for behind in range(6):
        state = told(*seen, *[CANARY_BAD] * behind)
        assert state.limits.shared_since_s is not None
        assert next_cap(state, CANARY_BAD) == (NOTHING if behind < 4 else SETTINGS.cap)


def test_while_it_lasts_a_canary_can_still_be_found_worse() -> None:
    worse = split((400, 4000), (3000, 4000))
    assert next_cap(told(WELL, *[OUTAGE] * 6), worse) == SETTINGS.cap


def test_a_canary_whose_connections_come_back_late_is_not_rolled_back() -> None:
    state = told(WELL, *[OUTAGE] * 6, *[CANARY_BAD] * 3, *[WELL] * 20)
    assert verdict(state, at_s=state.course.at_s).action is not Action.ROLL_BACK
    assert state.keys.agreeing == 0


def test_one_that_stays_bad_is_rolled_back_after_the_minute() -> None:
    state = told(WELL, *[OUTAGE] * 6, *[CANARY_BAD] * 8)
    assert verdict(state, at_s=state.course.at_s).action is Action.ROLL_BACK


def test_going_on_ends_no_minute() -> None:
    resumed = resume(told(WELL, *[OUTAGE] * 6))
    assert next_cap(resumed, CANARY_BAD) == NOTHING


@pytest.mark.parametrize(
    ("before", "now", "expected"), [(5, 25, GROWN), (25, 25, 50.0), (25, 5, 50.0), (0, 1, 50.0)]
)
def test_a_block_in_which_a_later_weight_begins_wins_little(before: int, now: int, expected: float) -> None:
    state = replace(started(), course=Course(at_s=15.0, weight=before))
    assert next_cap(state, WELL, weight=now) == expected


def test_a_cap_that_is_lower_anyway_stays() -> None:
    course = Course(at_s=15.0, weight=5)
    watch = started().limits
    [grown] = blocks(WELL, weight=25, after=1)
    assert block_cap(grown, settings=Settings(cap=2.0), course=course, watch=watch, limits=()) == 2.0
