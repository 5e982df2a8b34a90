from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.claims.moments import Course
from screens.replay.playhead import LEAD_S, SPEEDS, Playhead

COURSE = Course(begins_at=1000.0, ends_at=1600.0)
EVENTS = (1000.0, 1002.0, 1200.0, 1600.0)


def playhead(at: float = 1000.0, *, playing: bool = True) -> Playhead:
    return Playhead(COURSE, events=EVENTS, at=at, playing=playing)


def test_time_passes_at_the_speed() -> None:
    head = playhead()
    head.change_speed(2)
    head.advance(3.0)
    assert (head.speed, head.at) == (4.0, 1012.0)


def test_nothing_passes_while_it_is_paused() -> None:
    head = playhead(playing=False)
    assert not head.advance(3.0)
    assert head.at == 1000.0


def test_it_stops_at_the_end_and_begins_anew_from_there() -> None:
    head = playhead(1599.0)
    head.advance(5.0)
    assert (head.at, head.playing) == (1600.0, False)
    head.play_or_pause()
    assert (head.at, head.playing) == (1000.0, True)


def test_it_plays_backwards_to_the_beginning() -> None:
    head = playhead(1005.0)
    head.reverse()
    head.advance(2.0)
    assert head.at == 1003.0
    head.advance(60.0)
    assert (head.at, head.playing) == (1000.0, False)


def test_speeds_go_from_a_quarter_to_64() -> None:
    head = playhead()
    for _ in range(20):
        head.change_speed(1)
    assert head.speed == 64.0
    for _ in range(20):
        head.change_speed(-1)
    assert head.speed == 0.25


def test_what_is_quiet_is_skipped_to_shortly_before_the_next_event() -> None:
    head = playhead(1002.0 + LEAD_S)
    head.skips_quiet = True
    head.advance(0.5)
    assert head.at == 1200.0 - LEAD_S


def test_backwards_it_is_skipped_to_shortly_after_the_event_before() -> None:
    head = playhead(1150.0)
    head.skips_quiet = True
    head.reverse()
    head.advance(0.5)
    assert head.at == 1002.0 + LEAD_S


@pytest.mark.parametrize("at", [1001.0, 1195.0, 1201.0])
def test_nothing_is_skipped_around_an_event(at: float) -> None:
    head = playhead(at)
    head.skips_quiet = True
    head.advance(0.5)
    assert head.at == at + 0.5


@given(st.lists(st.sampled_from(["play", "reverse", "fast", "slow", "skip", "pass"]), max_size=40))
def test_it_never_leaves_the_recording(acts: list[str]) -> None:
    head = playhead(1300.0)
    for act in acts:
        match act:
            case "play":
                head.play_or_pause()
            case "reverse":
                head.reverse()
            case "fast" | "slow":
                head.change_speed(3 if act == "fast" else -3)
            case "skip":
                head.skips_quiet = not head.skips_quiet
            case _:
                head.advance(7.0)
        assert COURSE.begins_at <= head.at <= COURSE.ends_at
        assert head.speed in SPEEDS
