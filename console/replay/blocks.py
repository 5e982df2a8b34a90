"""Many lines of a journal as one block: what they have in common once, their numbers in columns. Pure.

Nothing is read from the lines but where their numbers are, so that any bytes come back as they were.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from console.errors import JournalError
from console.replay.columns import Column, column_of, holds, tokens_of

LARGEST_BYTES = 512 * 2**20
"""A block that unpacks to more is no recording's: the times of 20 million lines take a third of it."""
_MOST_MEMORY = 64 * 2**20
"""To unpack a block as we pack it takes 5 MB."""
Count = Annotated[int, Meta(ge=0, le=10**9)]

_NUMBER = re.compile(rb"(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
# Columns have no text in them: what stands before a byte says nothing about it.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 22, "lc": 0, "lp": 0, "pb": 0}]


class Table(Struct, frozen=True, array_like=True):
    """The lines that differ in their numbers only."""

    pieces: tuple[bytes, ...]
    """What stands before the first number, between them, and after the last."""
    columns: tuple[Column, ...]


class Block(Struct, frozen=True, array_like=True):
    """Lines, each a row of one of the tables."""

    tables: tuple[Table, ...]
    turns: tuple[tuple[Count, Count], ...]
    """Which table the next lines are from, and how many of them."""


_decoder = msgspec.msgpack.Decoder(Block)


def pack_block(lines: Sequence[bytes]) -> bytes:
    """Pack lines that have no newline in them."""
    return lzma.compress(msgspec.msgpack.encode(_block(lines)), filters=_FILTERS)


def open_block(data: bytes, *, lines: int) -> Block:
    """Unpack a block of so many lines as far as its columns; raises JournalError where it is damaged."""
    try:
        block = _decoder.decode(_unpacked(data))
    except (lzma.LZMAError, msgspec.DecodeError, ValueError) as error:
        raise JournalError(
            f"a block of the packed recording is damaged: {error}", hint="copy it again"
        ) from error
    if not _is_sound(block, lines):
        raise JournalError(
            "a block of the packed recording is damaged: its parts do not fit", hint="copy it again"
        )
    return block


def _unpacked(data: bytes) -> bytes:
    unpacker = lzma.LZMADecompressor(memlimit=_MOST_MEMORY)
    unpacked = unpacker.decompress(data, LARGEST_BYTES)
    if not unpacker.eof:
        raise ValueError("it ends too early, or is too large")
    return unpacked


def _is_sound(block: Block, lines: int) -> bool:
    """Whether nothing can go wrong with it later: a stranger may have made it."""
    if sum(count for _, count in block.turns) != lines:
        return False
    rows = [0] * len(block.tables)
    for table, count in block.turns:
        if table >= len(rows):
            return False
        rows[table] += count
    return all(
        len(table.pieces) == len(table.columns) + 1 and all(holds(column, count) for column in table.columns)
        for table, count in zip(block.tables, rows, strict=True)
    )


def lines_of_block(block: Block, begin: int, end: int) -> list[bytes]:
    """Give the lines from place `begin` to before `end` as they were."""
    turns = list(_turns_within(block, begin, end))
    spans: dict[int, tuple[int, int]] = {}
    for table, first, last in turns:
        spans[table] = (min(first, spans.get(table, (first, last))[0]), last)
    rows = {table: _rows(block.tables[table], *span) for table, span in spans.items()}
    return [next(rows[table]) for table, first, last in turns for _ in range(first, last)]


def _block(lines: Sequence[bytes]) -> Block:
    tables: dict[tuple[bytes, ...], list[list[bytes]]] = {}
    numbers: dict[tuple[bytes, ...], int] = {}
    turns: list[tuple[int, int]] = []
    for line in lines:
        parts = _NUMBER.split(line)
        pieces = tuple(parts[::2])
        tables.setdefault(pieces, []).append(parts[1::2])
        table = numbers.setdefault(pieces, len(numbers))
        if turns and turns[-1][0] == table:
            turns[-1] = (table, turns[-1][1] + 1)
        else:
            turns.append((table, 1))
    return Block(
        tables=tuple(
            Table(pieces=pieces, columns=tuple(column_of(column) for column in zip(*rows, strict=True)))
            for pieces, rows in tables.items()
        ),
        turns=tuple(turns),
    )


def _turns_within(block: Block, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Give the table and its rows, from and to before, of each turn that reaches into the wanted lines."""
    at = 0
    rows = [0] * len(block.tables)
    for table, count in block.turns:
        row = rows[table]
        first, last = max(0, begin - at), min(count, end - at)
        if first < last:
            yield table, row + first, row + last
        rows[table] += count
        at += count


def _rows(table: Table, begin: int, end: int) -> Iterator[bytes]:
    if not table.columns:
        return iter([b"".join(table.pieces)] * (end - begin))
    columns = [tokens_of(column, begin, end) for column in table.columns]
    pieces = [[piece] * (end - begin) for piece in table.pieces]
    woven = (part for pair in zip_longest(pieces, columns) for part in pair if part is not None)
    return map(b"".join, zip(*woven, strict=True))
