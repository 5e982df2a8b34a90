from __future__ import annotations

import lzma

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import JournalError
from console.replay import blocks
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
    assert lines_of_block(open_block(pack_block(lines), lines=len(lines)), begin, end) == lines[begin:end]


def test_a_journal_comes_back_as_it_was() -> None:
    lines = [msgspec.json.encode(record) for record in stories.rolled_back().records]
    assert lines_of_block(open_block(pack_block(lines), lines=len(lines)), 0, len(lines)) == lines


@pytest.mark.parametrize("data", [b"", b"nonsense", pack_block([b"1"] * 100)[:-4]])
def test_a_damaged_block_is_called_so(data: bytes) -> None:
    with pytest.raises(JournalError, match="damaged"):
        open_block(data, lines=100)


def whole_numbers(**said: object) -> object:
    column = {"type": "w", "data": b"123", "width": 1, "decimals": 0, "starts": [], **said}
    return [[[[b"a", b""], [column]]], [[0, 3]]]


WRONG_WHOLES = (
    pytest.param(whole_numbers(width=3), id="no such width"),
    pytest.param(whole_numbers(width=4), id="another width"),
    pytest.param(whole_numbers(decimals=10**9), id="endless decimals"),
    pytest.param(whole_numbers(decimals=-1), id="decimals below none"),
    pytest.param(whole_numbers(starts=[1]), id="a number too many"),
    pytest.param(whole_numbers(starts=[1] * 9), id="differences of differences of differences"),
)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([[], [[0, 3]]], id="no table"),
        pytest.param([[], []], id="fewer lines"),
        pytest.param([[[[b"a"], []]], [[0, 2], [-1, 1]]], id="a table before the first"),
        pytest.param([[[[b"a"], []]], [[0, 4], [0, -1]]], id="fewer than no lines"),
        pytest.param([[[[b"a"], [{"type": "a", "token": b"1"}]]], [[0, 3]]], id="a number without a place"),
        pytest.param([[[[b"a", b""], [{"type": "t", "data": b"1\n2"}]]], [[0, 3]]], id="short texts"),
        pytest.param([[[[b"a", b""], [{"type": "d", "data": b"12345678"}]]], [[0, 3]]], id="short doubles"),
        *WRONG_WHOLES,
    ],
)
def test_what_a_stranger_packed_is_refused_before_it_is_read(found: object) -> None:
    with pytest.raises(JournalError, match="damaged"):
        open_block(lzma.compress(msgspec.msgpack.encode(found), preset=0), lines=3)


def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LARGEST_BYTES", 2**20)
    bomb = lzma.compress(bytes(2**20 + 1), preset=0)
    with pytest.raises(JournalError, match="too large"):
        open_block(bomb, lines=3)
