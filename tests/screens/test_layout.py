from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screens.layout import SMALL_TABLE, chart_rows, shape, versions_rows

sizes = st.tuples(st.integers(20, 250), st.integers(8, 120))


@given(sizes, st.integers(0, 12), st.booleans(), st.integers(1, 12))
def test_the_parts_never_need_more_rows_than_there_are(
    size: tuple[int, int],
    guards: int,
    ended: bool,  # noqa: FBT001 - given by hypothesis
    verdict: int,
) -> None:
    parts = shape(*size, guards=guards, ended=ended, verdict=verdict)
    assert sum(parts) <= size[1]
    assert min(parts) >= 0


@given(sizes, st.integers(0, 12), st.booleans())
def test_verdict_numbers_and_hints_are_there_at_every_size(
    size: tuple[int, int],
    guards: int,
    ended: bool,  # noqa: FBT001 - given by hypothesis
) -> None:
    parts = shape(*size, guards=guards, ended=ended)
    assert parts.verdict >= 2
    assert parts.versions >= SMALL_TABLE
    assert parts.hints == 1


def test_the_two_usual_sizes_have_charts() -> None:
    assert chart_rows(shape(120, 40, guards=4, ended=False).versions) == 6
    assert chart_rows(shape(80, 24, guards=4, ended=False).versions) == 2


def test_below_80_by_24_there_is_the_table_of_four_lines() -> None:
    assert shape(60, 20, guards=4, ended=False).versions == SMALL_TABLE
    assert shape(40, 10, guards=4, ended=False).versions == SMALL_TABLE


@given(st.integers(2, 20), st.booleans())
def test_rows_of_charts_and_of_versions_agree(chart: int, airy: bool) -> None:  # noqa: FBT001 - given by hypothesis
    assert chart_rows(versions_rows(chart, airy=airy)) == chart
