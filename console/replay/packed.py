"""A recording packed into a file of its own form: a tenth of its size, and any part of it within reach.

The lines come back byte for byte. Their hashes are not packed: each follows from its line and the hash before
it, so they are computed when a line is asked for; only those between two blocks are kept, and vouch for the
blocks. A line whose hash does not follow is packed as it stands.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from console.errors import JournalError
from console.journal.chain import link_of, seal, unseal
from console.release.event import LATEST
from console.release.events import Record
from console.replay.blocks import Block, lines_of_block, open_block, pack_block
from console.replay.pages import Pages, decode_at
from console.replay.shelf import PAGE_LINES

MAGIC = b"\x89pithead"
FORMAT = 1
BLOCK_LINES = 16 * PAGE_LINES
OPEN_BLOCKS = 4
MOST_LINES = 20_000_000
"""More than a year of ticks, one every two seconds."""
_LENGTH_BYTES = 8


class Directory(Struct, frozen=True, kw_only=True):
    """What must be known of a packed recording to find any part of it."""

    format: int
    lines: Annotated[int, Meta(ge=1, le=MOST_LINES)]
    offsets: tuple[int, ...]
    """Where each block begins, and behind them where the last one ends."""
    ends: tuple[str, ...]
    """The chain's end before each block."""
    odd: tuple[int, ...]
    """The lines, counted from 1, that are packed with whatever hash they carry."""
    times: bytes
    """The time of each line, as a block."""
    event_lines: tuple[int, ...]
    events: bytes
    """Every line that is no sample, as a block."""
    later: int = 0
    """So many lines only a later pithead than the one that packed them can read."""


_decoder = msgspec.msgpack.Decoder(Directory)


def pack(pages: Pages) -> Iterator[bytes]:
    """Pack a recording; gives the file piece by piece."""
    offsets, ends, odd = [len(MAGIC)], [""], []
    yield MAGIC
    bare: list[bytes] = []
    end = ""
    for number, line in enumerate(pages.shelf.sealed(), start=1):
        stripped, end = _stripped(line, end)
        bare.append(stripped)
        if stripped is line:
            odd.append(number)
        if len(bare) == BLOCK_LINES or number == len(pages):
            block = pack_block(bare)
            yield block
            offsets.append(offsets[-1] + len(block))
            ends.append(end)
            bare = []
    directory = Directory(
        format=FORMAT,
        lines=len(pages),
        offsets=tuple(offsets),
        ends=tuple(ends),
        odd=tuple(odd),
        times=pack_block([repr(pages.time_of(line)).encode() for line in range(1, len(pages) + 1)]),
        event_lines=tuple(line for line, _ in pages.events),
        events=pack_block([msgspec.json.encode(record) for _, record in pages.events]),
        later=pages.later,
    )
    packed = msgspec.msgpack.encode(directory)
    yield packed
    yield len(packed).to_bytes(_LENGTH_BYTES, "big")


def unpack(data: bytes, *, name: str) -> Pages:
    """Open a packed recording; raises JournalError where it is damaged or from a later pithead."""
    try:
        directory = _directory(data)
        times = _times(directory)
        lines = zip(directory.event_lines, _lines(directory.events, len(directory.event_lines)), strict=True)
        found = [(number, decode_at(line, number, name=name)) for number, line in lines]
    except (msgspec.DecodeError, ValueError, IndexError) as error:
        raise JournalError(
            f"the packed recording {name} is damaged: {error}", hint="copy it again"
        ) from error
    events = [(number, record) for number, record in found if isinstance(record, Record)]
    return Pages(PackedShelf(data, directory), times, events, name=name, later=directory.later)


def _directory(data: bytes) -> Directory:
    end = len(data) - _LENGTH_BYTES
    begin = end - int.from_bytes(data[end:], "big")
    if begin < len(MAGIC):
        raise ValueError("it has no end")
    directory = _decoder.decode(memoryview(data)[begin:end])
    if directory.format > FORMAT:
        raise ValueError(f"it has format {directory.format}, this pithead reads up to {FORMAT}")
    if not _is_sound(directory, end=begin):
        raise ValueError("its directory does not fit the rest")
    return directory


def _is_sound(directory: Directory, *, end: int) -> bool:
    """Whether every block and every event is where it can be; `end` is that of the last block."""
    blocks = -(-directory.lines // BLOCK_LINES)
    places = (len(MAGIC), *directory.offsets, end)
    lines = (0, *directory.event_lines, directory.lines + 1)
    return (
        len(directory.offsets) == len(directory.ends) == blocks + 1
        and all(one <= next_one for one, next_one in pairwise(places))
        and all(one < next_one for one, next_one in pairwise(lines))
    )


def _times(directory: Directory) -> array[float]:
    times = array("d", map(float, _lines(directory.times, directory.lines)))
    if not all(one <= next_one for one, next_one in pairwise((0.0, *times, LATEST))):
        raise ValueError("its times are not in order")
    return times


def _lines(block: bytes, count: int) -> list[bytes]:
    return lines_of_block(open_block(block, lines=count), 0, count)


def _stripped(line: bytes, before: str) -> tuple[bytes, str]:
    """Give the line without a hash that follows from it, and the chain's end behind it."""
    body, stated = unseal(line)
    follows = link_of(before, body)
    if stated == follows:
        return body + b"}", follows
    return line, follows if stated is None else stated


class PackedShelf:
    """The lines of a packed recording."""

    def __init__(self, data: bytes, directory: Directory) -> None:
        self._data = data
        self._directory = directory
        self._odd = frozenset(directory.odd)
        self._block = lru_cache(OPEN_BLOCKS)(self._opened)

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0, without the hashes that follow from them."""
        block, begin = divmod(page * PAGE_LINES, BLOCK_LINES)
        end = min(begin + PAGE_LINES, self._directory.lines - block * BLOCK_LINES)
        return lines_of_block(self._block(block), begin, end)

    def sealed(self) -> Iterator[bytes]:
        """Give all lines from the first on, with their hashes."""
        for page in range(-(-self._directory.lines // PAGE_LINES)):
            first = page * PAGE_LINES
            if first % BLOCK_LINES == 0:
                end = self._directory.ends[first // BLOCK_LINES]
            for number, line in enumerate(self.page(page), start=first + 1):
                if number in self._odd:
                    _, end = _stripped(line, end)
                    yield line
                else:
                    whole, end = seal(line, end)
                    yield whole

    def _opened(self, block: int) -> Block:
        offsets = self._directory.offsets
        lines = min(BLOCK_LINES, self._directory.lines - block * BLOCK_LINES)
        return open_block(self._data[offsets[block] : offsets[block + 1]], lines=lines)
