from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.glyphs import ASCII, UNICODE, Glyphs
from screens.plot import bucket_for, ceiling, level, plot, signs
from screens.rows import Span, cells
from screens.widgets.chart import GUTTER, Curve, axes, chart, time_axis
from themes.ink import Ink


def test_zero_lies_on_the_lowest_dots_and_the_top_on_the_highest() -> None:
    assert plot([0.0, 0.0], rows=2, top=1.0) == [[0], [0xC0]]
    assert plot([1.0, 1.0], rows=2, top=1.0) == [[0x09], [0]]


def test_a_steep_line_has_no_holes() -> None:
    (high,), (low,) = plot([0.0, 1.0], rows=2, top=1.0)
    assert signs([high, low, 0], ascii_only=False) == "⢸⡸ "


def test_a_gap_stays_empty() -> None:
    assert plot([1.0, 1.0, None, None, 1.0, 1.0], rows=1, top=1.0)[0][1] == 0


@given(st.floats(min_value=0, max_value=1e9), st.integers(1, 9))
def test_no_value_leaves_the_field(value: float, rows: int) -> None:
    assert 0 <= level(value, rows=rows, top=100.0) < rows * 4


@given(st.lists(st.floats(min_value=0, max_value=1e7), max_size=20))
def test_the_ceiling_covers_every_value_and_wastes_little(values: list[float]) -> None:
    top = ceiling(values, least=0.01)
    highest = max([*values, 0.01])
    assert highest <= top * (1 + 1e-6)
    assert top <= highest * 2.6


@pytest.mark.parametrize(("interval_s", "bucket_s"), [(1.0, 1), (2.0, 2), (3.0, 5), (5.0, 5), (7.0, 10)])
def test_a_bucket_is_never_shorter_than_a_tick(interval_s: float, bucket_s: int) -> None:
    assert bucket_for(interval_s) == bucket_s


def test_the_axis_stands_still_until_a_whole_cell_has_passed() -> None:
    ends = {axes(now, bucket_s=5, width=60).end_at for now in (1000.0, 1003.0, 1009.9)}
    assert ends == {1010.0}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_curve_and_axis_have_the_same_width(glyphs: Glyphs) -> None:
    axis = axes(1000.0, bucket_s=5, width=60)
    values: list[float | None] = [float(n % 9) for n in range(axis.buckets)]
    curve = Curve(values=values, top=10, limit=5, top_words="10 ms", limit_words="5 ms", ink=Ink.CANARY)
    rows = chart(curve, rows=4, glyphs=glyphs)
    assert {cells(row) for row in rows} == {60}
    assert cells(time_axis(axis, glyphs=glyphs)) == 60


def test_what_lies_beyond_the_limit_is_drawn_as_bad() -> None:
    curve = Curve(values=[9.0] * 20, top=10, limit=5, top_words="10", limit_words="5", ink=Ink.CANARY)
    rows = chart(curve, rows=4, glyphs=UNICODE)
    assert any(piece.ink is Ink.BAD for piece in rows[0])
    assert any(
        piece.ink is Ink.LIMIT and set(piece.text) & set(UNICODE.limit) for row in rows for piece in row
    )
    assert sum(len(piece.text) for piece in rows[0][:2]) == GUTTER


def test_the_scale_ends_at_0_and_a_limit_in_an_end_s_row_is_labelled_beside_it() -> None:
    curve = Curve(values=[0.1] * 40, top=20, limit=5, top_words="20%", limit_words="5%", ink=Ink.CANARY)
    top, bottom = chart(curve, rows=2, glyphs=UNICODE)
    assert (top[0].text.strip(), bottom[0].text.strip()) == ("20%", "0")
    assert bottom[2] == Span("5% ", Ink.LIMIT)


def test_a_limit_lies_at_its_own_height_within_its_row() -> None:
    signs = []
    for limit in (1, 4, 9):
        curve = Curve(values=[None] * 40, top=9.5, limit=limit, top_words="", limit_words="", ink=Ink.CANARY)
        rows = chart(curve, rows=1, glyphs=UNICODE)
        signs.append({piece.text[0] for piece in rows[0] if piece.ink is Ink.LIMIT})
    assert signs == [{UNICODE.limit[2]}, {UNICODE.limit[1]}, {UNICODE.limit[0]}]
