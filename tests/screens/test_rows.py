from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screens.rows import cells, clip, fill, span, spread, wrap

texts = st.text(max_size=60)
widths = st.integers(min_value=1, max_value=40)


@given(texts)
def test_no_text_reaches_a_row_with_something_that_a_terminal_obeys(text: str) -> None:
    assert span(text).text.isprintable()


@given(texts, texts, widths)
def test_a_filled_row_is_exactly_as_wide_as_wanted(first: str, second: str, width: int) -> None:
    row = fill((span(first), span(second)), width)
    assert width - 1 <= cells(row) <= width  # a wide character may leave its half empty


@given(texts, widths, st.integers(1, 4))
def test_wrapped_lines_fit_and_are_not_too_many(text: str, width: int, rows: int) -> None:
    lines = wrap(text, width, rows=rows)
    assert len(lines) <= rows
    assert all(cells((span(line),)) <= max(width, 2) for line in lines)


def test_wrapping_breaks_between_words_and_says_what_it_left_out() -> None:
    text = "the API server does not answer in time"
    assert wrap(text, 16, rows=2) == ["the API server", "does not …"]
    assert wrap(text, 80, rows=2) == [text]


def test_what_is_cut_leaves_a_sign() -> None:
    assert clip((span("checkout"), span("-service")), 10)[-1].text.endswith("…")


def test_left_and_right_stand_at_the_edges() -> None:
    row = spread((span("left"),), (span("right"),), 20)
    assert "".join(piece.text for piece in row) == "left           right"
