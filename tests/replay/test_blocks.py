from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import JournalError
from console.replay.blocks import lines_of_block, open_block, pack_block
from console.replay.columns import column_of, tokens_of
from tests.screens import stories

NUMBERS = st.one_of(
    st.integers(-(10**25), 10**25).map(str),
    st.floats().map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.sampled_from(["-0", "0.0", "-0.0", "007", "1e5", "1E-7", "1.50", "9223372036854775808", ""]),
).map(str.encode)
LINES = st.one_of(
    st.binary(max_size=40),
    st.lists(NUMBERS, max_size=4).map(lambda numbers: b'{"n":' + b',"at":'.join(numbers) + b"}"),
).map(lambda line: line.replace(b"\n", b""))


@given(st.lists(NUMBERS, min_size=1), st.data())
def test_a_column_gives_its_numbers_back_digit_by_digit(tokens: list[bytes], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(tokens)))
    end = data.draw(st.integers(begin, len(tokens)))
    assert list(tokens_of(column_of(tokens), begin, end)) == tokens[begin:end]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_of_any_size_come_back(values: list[int]) -> None:
    tokens = [b"%d" % value for value in values]
    assert list(tokens_of(column_of(tokens), 0, len(tokens))) == tokens


@given(st.lists(LINES), st.data())
def test_any_lines_come_back_as_they_were(lines: list[bytes], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(begin, len(lines)))
    assert lines_of_block(open_block(pack_block(lines)), begin, end) == lines[begin:end]


def test_a_journal_comes_back_as_it_was() -> None:
    lines = [msgspec.json.encode(record) for record in stories.rolled_back().records]
    assert lines_of_block(open_block(pack_block(lines)), 0, len(lines)) == lines


@pytest.mark.parametrize("data", [b"", b"nonsense", pack_block([b"1"] * 100)[:-4]])
def test_a_damaged_block_is_called_so(data: bytes) -> None:
    with pytest.raises(JournalError, match="damaged"):
        open_block(data)
