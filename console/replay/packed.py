"""A recording packed into zstd frames of its lines, with an index: any part of it is within reach.

Any zstd tool gives the lines back; what is ours lies in frames that such tools skip. The lines' hashes are
not packed, for nothing makes them smaller: each follows from its line and the hash before it, so they are
computed when a line is asked for. Only those between two blocks are kept, and vouch for the blocks. A line
whose hash does not follow is packed as it stands, behind a space.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from console.errors import JournalError
from console.journal.chain import link_of, seal, unseal
from console.release.events import Record
from console.release.numbers import LATEST
from console.replay.line_store import PAGE_LINES
from console.replay.pages import Pages, decode_at
from console.replay.zstd import zstd

_SKIPPED = b"\x50\x2a\x4d\x18"
"""A zstd frame that begins so has no data in it: its length follows, in four bytes, low byte first."""
_NAME = b"pithead"
MAGIC = _SKIPPED + len(_NAME).to_bytes(4, "little") + _NAME
FORMAT = 1
BLOCK_LINES = 32 * PAGE_LINES
"""Half as many take 4 bytes a line more; a block of a day's ticks is unpacked in a few milliseconds."""
OPEN_BLOCKS = 2
LARGEST_BYTES = 256 * 2**20
"""A frame that unpacks to more is no recording's: an index of 20 million lines takes 180 MB."""
_LEVEL = 19
"""The last one that takes no more memory to unpack; a tick takes 13 bytes less than by level 12."""
_LENGTH_BYTES = 8
_ODD = b" "


class Block(Struct, frozen=True, array_like=True):
    """`BLOCK_LINES` lines as one frame; the last block has what is left."""

    size: Annotated[int, Meta(ge=0)]
    """The frame's bytes."""
    before: str
    """The chain's end before its first line."""


class Index(Struct, frozen=True, kw_only=True):
    """What must be known of a packed recording to find any part of it."""

    format: int
    blocks: tuple[Block, ...]
    times: Annotated[tuple[float, ...], Meta(min_length=1)]
    """The time of each line."""
    events: tuple[tuple[int, bytes], ...]
    """Every line that is no sample, with its number, counted from 1."""
    later: int = 0
    """So many lines only a later pithead than the one that packed them can read."""


_decoder = msgspec.msgpack.Decoder(Index)


def pack(pages: Pages) -> Iterator[bytes]:
    """Pack a recording; gives the file piece by piece. Raises JournalError where a block is too large."""
    yield MAGIC
    blocks: list[Block] = []
    bare: list[bytes] = []
    before = end = ""
    for number, line in enumerate(pages.store.sealed(), start=1):
        packed, end = _stripped(line, end)
        bare.append(packed + b"\n")
        if len(bare) == BLOCK_LINES or number == len(pages):
            frame = _frame(b"".join(bare))
            yield frame
            blocks.append(Block(size=len(frame), before=before))
            bare, before = [], end
    index = Index(
        format=FORMAT,
        blocks=tuple(blocks),
        times=tuple(map(pages.time_of, range(1, len(pages) + 1))),
        events=tuple((line, msgspec.json.encode(record)) for line, record in pages.events),
        later=pages.later,
    )
    yield index_frame(msgspec.msgpack.encode(index))


def index_frame(index: bytes) -> bytes:
    """Pack an index into the frame that a packed recording ends with."""
    packed = _frame(index)
    length = len(packed).to_bytes(_LENGTH_BYTES, "little")
    return _SKIPPED + (len(packed) + _LENGTH_BYTES).to_bytes(4, "little") + packed + length


def index_of(data: bytes) -> tuple[bytes, int]:
    """Give a packed recording's index, unpacked, and where its frame begins.

    Raises ValueError or ZstdError where there is none.
    """
    end = len(data) - _LENGTH_BYTES
    begin = end - int.from_bytes(data[end:], "little")
    place = begin - len(_SKIPPED) - 4
    if place < len(MAGIC):
        raise ValueError("it has no end")
    return _unpacked(data[begin:end]), place


def unpack(data: bytes, *, name: str) -> Pages:
    """Open a packed recording; raises JournalError where it is damaged or from a later pithead."""
    try:
        packed, end = index_of(data)
        index = _decoder.decode(packed)
        _check(index, end=end)
    except (zstd.ZstdError, msgspec.DecodeError, ValueError) as error:
        raise JournalError(
            f"the packed recording {name} is damaged: {error}", hint="copy it again"
        ) from error
    found = [(number, decode_at(line, number, name=name)) for number, line in index.events]
    events = [(number, record) for number, record in found if isinstance(record, Record)]
    times = array("d", index.times)
    return Pages(PackedLineStore(data, index), times, events, name=name, later=index.later)


def _check(index: Index, *, end: int) -> None:
    """Raise ValueError where not all is where it can be; `end` is that of the last block."""
    if index.format > FORMAT:
        raise ValueError(f"it has format {index.format}, this pithead reads up to {FORMAT}")
    numbers = (0, *(number for number, _ in index.events), len(index.times) + 1)
    if (
        len(MAGIC) + sum(block.size for block in index.blocks) != end
        or len(index.blocks) != -(-len(index.times) // BLOCK_LINES)
        or not all(one < next_one for one, next_one in pairwise(numbers))
    ):
        raise ValueError("its index does not fit the rest")
    if not all(one <= next_one for one, next_one in pairwise((0.0, *index.times, LATEST))):
        raise ValueError("its times are not in order")


def _frame(data: bytes) -> bytes:
    if len(data) > LARGEST_BYTES:
        raise JournalError(
            f"{len(data):,} bytes can't be packed into one block", hint="compress it with zstd"
        )
    return zstd.compress(data, level=_LEVEL)


def _unpacked(frame: bytes) -> bytes:
    """Unpack a frame that a stranger may have made; raises ValueError or ZstdError."""
    unpacker = zstd.ZstdDecompressor()
    data = unpacker.decompress(frame, LARGEST_BYTES)
    if not unpacker.eof:
        raise ValueError("a part of it ends too early, or is too large")
    return data


def _stripped(line: bytes, before: str) -> tuple[bytes, str]:
    """Give the line as it is packed, and the chain's end behind it."""
    body, stated = unseal(line)
    follows = link_of(before, body)
    if stated == follows and not line.startswith(_ODD):
        return body + b"}", follows
    return _ODD + line, stated or follows


class PackedLineStore:
    """The lines of a packed recording."""

    def __init__(self, data: bytes, index: Index) -> None:
        self._data = data
        self._blocks = index.blocks
        self._ends = list(accumulate((block.size for block in index.blocks), initial=len(MAGIC)))
        self._lines = len(index.times)
        self._block = lru_cache(OPEN_BLOCKS)(self._opened)

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0, without the hashes that follow from them."""
        block, begin = divmod(page * PAGE_LINES, BLOCK_LINES)
        return [line.removeprefix(_ODD) for line in self._block(block)[begin : begin + PAGE_LINES]]

    def sealed(self) -> Iterator[bytes]:
        """Give all lines from the first on, with their hashes."""
        for number, block in enumerate(self._blocks):
            end = block.before
            for line in self._block(number):
                if line.startswith(_ODD):
                    whole = line[1:]
                    _, end = _stripped(whole, end)
                else:
                    whole, end = seal(line, end)
                yield whole

    def _opened(self, block: int) -> list[bytes]:
        wanted = min(BLOCK_LINES, self._lines - block * BLOCK_LINES)
        try:
            return _lines(_unpacked(self._data[self._ends[block] : self._ends[block + 1]]), wanted)
        except (zstd.ZstdError, ValueError) as error:
            raise JournalError(
                f"a block of the packed recording is damaged: {error}", hint="copy it again"
            ) from error


def _lines(data: bytes, wanted: int) -> list[bytes]:
    """Give so many lines; raises ValueError where there are others."""
    *lines, rest = data.split(b"\n")
    if rest or len(lines) != wanted:
        raise ValueError("it has other lines than the index says")
    return lines
