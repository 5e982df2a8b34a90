"""Numbers as they were written, a column of them at a time: packed tightly, given back digit by digit. Pure.

Numbers that stand under each other in a journal are alike: counts are small, times grow by the same step. As
whole numbers side by side, low bytes with low bytes, they leave a general compressor little to guess. A form
that would not give a column back exactly as it was written is not used for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from sys import byteorder
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

MOST_DECIMALS = 7
"""Times are written with seven; what has more is a measured value, and goes in as a double."""
MOST_STEPS = 2
Width = Literal[1, 2, 4, 8]
_CODES: dict[Width, str] = {1: "b", 2: "h", 4: "i", 8: "q"}
_DOUBLE = 8


class Alike(Struct, frozen=True, tag="a"):
    """The same number on every line."""

    token: bytes


class Texts(Struct, frozen=True, tag="t"):
    """Numbers that no other form gives back."""

    data: bytes


class Doubles(Struct, frozen=True, tag="d"):
    """Numbers as programs write a double."""

    data: bytes


class Wholes(Struct, frozen=True, tag="w"):
    """Whole numbers, with the decimal point moved to their end."""

    data: bytes
    width: Width
    decimals: Annotated[int, Meta(ge=0, le=MOST_DECIMALS)]
    starts: Annotated[tuple[int, ...], Meta(max_length=MOST_STEPS)]
    """Empty where the numbers themselves are packed; the first number where their differences are; that and
    the first difference where the differences of those are."""
    suffix: bytes = b""
    """What all have behind them: `.0` where doubles are whole."""


Column = Alike | Texts | Doubles | Wholes


def column_of(tokens: Sequence[bytes]) -> Column:
    """Pack a column into the first form that gives it back."""
    if all(token == tokens[0] for token in tokens):
        return Alike(tokens[0])
    return _wholes(tokens) or _doubles(tokens) or Texts(b"\n".join(tokens))


def holds(column: Column, rows: int) -> bool:
    """Whether a column has so many numbers, as one that a stranger packed need not."""
    match column:
        case Alike():
            return True
        case Texts(data=data):
            return data.count(b"\n") + 1 == rows
        case Doubles(data=data):
            return len(data) == _DOUBLE * rows
        case Wholes(data=data, width=width, starts=starts):
            return len(data) == width * (rows - len(starts))


def tokens_of(column: Column, begin: int, end: int) -> Sequence[bytes]:
    """Give a column's numbers from place `begin` to before `end` as they were written."""
    match column:
        case Alike(token=token):
            return [token] * (end - begin)
        case Texts(data=data):
            return data.split(b"\n")[begin:end]
        case Doubles(data=data):
            doubles = array("d")
            doubles.frombytes(_together(data, _DOUBLE))
            return [_written(value) for value in _ours(doubles)[begin:end]]
        case Wholes():
            return _whole_tokens(column, begin, end)


def _doubles(tokens: Sequence[bytes]) -> Column | None:
    try:
        values = array("d", map(float, tokens))
    except ValueError:
        return None
    if [_written(value) for value in values] != list(tokens):
        return None
    return Doubles(_apart(_ours(values).tobytes(), _DOUBLE))


def _written(value: float) -> bytes:
    return repr(value).encode()


def _wholes(tokens: Sequence[bytes]) -> Column | None:
    suffix = b".0" if all(token.endswith(b".0") for token in tokens) else b""
    bare = [token.removesuffix(suffix) for token in tokens]
    decimals = max(len(token.partition(b".")[2]) for token in bare)
    if decimals > MOST_DECIMALS:
        return None
    try:
        column = _packed([_moved(token, decimals) for token in bare], decimals, suffix)
    except ValueError:
        return None
    return column if _whole_tokens(column, 0, len(tokens)) == list(tokens) else None


def _moved(token: bytes, decimals: int) -> int:
    whole, _, part = token.partition(b".")
    return int(whole + part.ljust(decimals, b"0"))


def _packed(values: list[int], decimals: int, suffix: bytes) -> Wholes:
    starts, values = min(_differences(values), key=lambda found: sum(map(_bits, found[1])))
    width = _width(max(map(_bits, values), default=0))
    numbers = array(_CODES[width], values)
    return Wholes(
        data=_apart(_ours(numbers).tobytes(), width),
        width=width,
        decimals=decimals,
        starts=starts,
        suffix=suffix,
    )


def _differences(values: list[int]) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Give the numbers, their differences, and the differences of those, each with where it starts."""
    starts: tuple[int, ...] = ()
    yield starts, values
    for _ in range(min(MOST_STEPS, len(values) - 1)):
        starts = (*starts, values[0])
        values = [after - before for before, after in pairwise(values)]
        yield starts, values


def _width(most: int) -> Width:
    for width in _CODES:
        if most < 8 * width:
            return width
    raise ValueError("no whole number of a machine is as large")


def _bits(value: int) -> int:
    """Count the digits of a number: what differs little from the one before needs few."""
    return value.bit_length()


def _whole_tokens(column: Wholes, begin: int, end: int) -> list[bytes]:
    numbers = array(_CODES[column.width])
    numbers.frombytes(_together(column.data, column.width))
    values: Iterable[int] = _ours(numbers)
    for start in reversed(column.starts):
        values = accumulate(values, initial=start)
    wanted = list(values)[begin:end]
    if not column.decimals:
        form = b"%d" + column.suffix
        return [form % value for value in wanted]
    return [_with_point(value, column.decimals) + column.suffix for value in wanted]


def _with_point(value: int, decimals: int) -> bytes:
    """Write a number with its point as programs do: no zeros at the end, but one digit behind the point."""
    digits = b"%0*d" % (decimals + 1, abs(value))
    whole, part = digits[:-decimals], digits[-decimals:].rstrip(b"0") or b"0"
    return (b"-" if value < 0 else b"") + whole + b"." + part


def _apart(data: bytes, width: int) -> bytes:
    """Put the low bytes of all numbers first, then the next higher ones, and so on."""
    return b"".join(data[place::width] for place in range(width))


def _together(data: bytes, width: int) -> bytes:
    count = len(data) // width
    numbers = bytearray(len(data))
    for place in range(width):
        numbers[place::width] = data[place * count : (place + 1) * count]
    return bytes(numbers)


def _ours(numbers: array[Any]) -> array[Any]:
    """Give the numbers with their low bytes first, whatever this machine does; twice gives them back."""
    if byteorder == "big":
        numbers.byteswap()
    return numbers
