from __future__ import annotations

import pytest

from console.backtest.instants import instant_in_words, parse_instant, parse_span
from console.errors import UsageError

NOW_S = 1_795_183_200.0  # 2026-11-20T14:00 UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW_S),
        ("-2h", NOW_S - 7200),
        ("-1h30m", NOW_S - 5400),
        ("2026-11-20T14:00", NOW_S),
        ("2026-11-20T14:00:05Z", NOW_S + 5),
        ("2026-11-20T15:00+01:00", NOW_S),
        ("2026-11-20", NOW_S - 14 * 3600),
    ],
)
def test_moments_are_read(text: str, moment: float) -> None:
    assert parse_instant(text, now_s=NOW_S) == moment


@pytest.mark.parametrize("text", ["yesterday", "-2", "-", "", "14:00", "-2h\x1b[31m"])
def test_what_is_no_moment_is_named_with_what_would_be(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_instant(text, now_s=NOW_S)
    assert "\x1b" not in str(caught.value)
    assert caught.value.hint == "write 2026-11-20T14:00 (UTC), -2h, or now"


def test_a_span_must_have_a_length_and_ends_now_at_the_latest() -> None:
    assert parse_span("-2h", "2027-01-01", now_s=NOW_S) == (NOW_S - 7200, NOW_S)
    with pytest.raises(UsageError, match="nothing lies between"):
        parse_span("now", "-2h", now_s=NOW_S)


def test_a_moment_is_written_in_utc() -> None:
    assert instant_in_words(NOW_S) == "2026-11-20 14:00:00 UTC"
