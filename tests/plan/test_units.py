"""Amounts are read as people write them, and written so that they can be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.plan import units


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (units.parse_duration_s, "500ms", 0.5),
        (units.parse_duration_s, "1s", 1.0),
        (units.parse_duration_s, "1.5s", 1.5),
        (units.parse_duration_s, "30m", 1800.0),
        (units.parse_duration_s, "1h30m", 5400.0),
        (units.parse_duration_s, "24h", 86400.0),
        (units.parse_duration_s, "1d", 86400.0),
        (units.parse_duration_s, "0", 0.0),
        (units.parse_percent, "5%", 0.05),
        (units.parse_percent, "0.1%", 0.001),
        (units.parse_percent, "0", 0.0),
        (units.parse_points, "0.5pp", 0.005),
        (units.parse_weight, "100%", 100),
        (units.parse_weight, "29%", 29),
        (units.parse_step, "10pp", 10),
        (units.parse_bytes, "512Mi", 512 * 2**20),
        (units.parse_bytes, "1GiB", 2**30),
        (units.parse_bytes, "1GB", 10**9),
        (units.parse_bytes, "0", 0),
        (units.parse_cores, "1.5", 1.5),
        (units.parse_cores, "500m", 0.5),
        (units.parse_number, "-3.25", -3.25),
        (units.parse_count, "500", 500),
    ],
)
def test_an_amount_is_read(parse: Callable[[str], float], text: str, value: float) -> None:
    assert parse(text) == value


PARSERS = [
    units.parse_duration_s,
    units.parse_percent,
    units.parse_points,
    units.parse_weight,
    units.parse_step,
    units.parse_bytes,
    units.parse_cores,
    units.parse_number,
    units.parse_rate,
    units.parse_count,
]


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "text", ["", "%", "inf", "nan", "1e9", "0x10", "1_000", "٣%", "--5", "9" * 40, "1 2"]
)
def test_what_is_no_amount_is_refused_with_what_would_be_right(
    parse: Callable[[str], float], text: str
) -> None:
    with pytest.raises(units.BadValue) as refused:
        parse(text)
    assert str(refused.value)
    assert refused.value.hint.startswith("write ")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5", "write 5s, 5m or 5h"),
        ("5 minutes", "write 5m"),
        ("5min", "write 5m"),
        ("2hours", "write 2h"),
        ("30 sec", "write 30s"),
        ("5M", "write 5m"),
        ("100 millis", "write 100ms"),
        ("1:30", "write one like 500ms, 30s, 5m or 1h30m"),
    ],
)
def test_a_duration_written_otherwise_is_answered_with_ours(text: str, hint: str) -> None:
    with pytest.raises(units.BadValue) as refused:
        units.parse_duration_s(text)
    assert refused.value.hint == hint


@given(st.text(max_size=20))
def test_no_text_makes_a_parser_fail_in_another_way(text: str) -> None:
    for parse in PARSERS:
        try:
            parse(text)
        except units.BadValue:
            continue


@given(st.integers(min_value=0, max_value=30 * 86_400_000))
def test_a_duration_in_words_is_read_back(milliseconds: int) -> None:
    assert units.parse_duration_s(units.words_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.decimals(min_value=0, max_value=100, places=4))
def test_a_percentage_in_words_is_read_back(percent: float) -> None:
    ratio = units.parse_percent(f"{percent}%")
    assert units.parse_percent(units.words_percent(ratio)) == ratio
    assert units.parse_points(units.words_points(ratio)) == ratio


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (0.5, "500ms"), (90, "1m30s"), (5400, "1h30m"), (86400, "24h"), (3600.25, "1h250ms")],
)
def test_a_duration_is_written_without_empty_parts(seconds: float, words: str) -> None:
    assert units.words_duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.0, "0"), (-0.0, "0"), (1e12, "1000000000000"), (1e-7, "0.0000001"), (2.50, "2.5")],
)
def test_a_number_is_written_without_exponent_and_empty_decimals(number: float, words: str) -> None:
    assert units.words_number(number) == words


def test_bytes_are_written_in_the_largest_unit_that_fits() -> None:
    assert [units.words_bytes(n) for n in (0, 1023, 2**20, 1.5 * 2**30)] == [
        "0 B",
        "1023 B",
        "1 MiB",
        "1.5 GiB",
    ]
