from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.claims.moments import Course, moment, moment_within
from console.plan.units import BadValue

NOON = 1_760_011_200.0
"""2025-10-09T12:00:00Z."""
COURSE = Course(begins_at=NOON + 5, ends_at=NOON + 605, stage_starts=(NOON + 10, NOON + 300))


@pytest.mark.parametrize(
    ("text", "after_noon_s"),
    [
        ("12:02", 120),
        ("12:02:11", 131),
        ("12:02:11.5Z", 131.5),
        ("2025-10-09T12:02", 120),
        ("12:00", 5),
        ("+5m", 305),
        ("T+1:30", 95),
        ("+0:00:30", 35),
        ("-30s", 575),
        ("stage 2", 300),
        ("stage1", 10),
        ("50%", 305),
        ("start", 5),
        (" end ", 605),
    ],
)
def test_each_way_to_write_a_moment_is_read(text: str, after_noon_s: float) -> None:
    assert moment(text, COURSE) == pytest.approx(NOON + after_noon_s)


def test_a_time_of_day_is_the_one_within_a_recording_over_midnight() -> None:
    course = Course(begins_at=NOON + 11.9 * 3600, ends_at=NOON + 12.2 * 3600)
    assert moment("00:05", course) == NOON + 12 * 3600 + 300
    assert moment("23:57", course) == NOON + 12 * 3600 - 180


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "no time of this recording"),
        ("", "no time of this recording"),
        ("25:00", "no time of day"),
        ("2025-13-09T12:02", "no date"),
        ("stage 3", "there is no stage 3"),
        ("+5", "5"),
        ("14:02", "not in this recording, which goes from 12:00:05Z to 12:10:05Z"),
        ("-2h", "not in this recording"),
    ],
)
def test_what_can_not_be_a_moment_is_a_sentence(text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        moment_within(text, COURSE)


@given(st.text(max_size=12))
def test_any_text_is_a_moment_or_a_bad_value(text: str) -> None:
    with suppress(BadValue):
        assert isinstance(moment(text, COURSE), float)
