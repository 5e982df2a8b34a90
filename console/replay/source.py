"""Where a recording comes from: a file, compressed or not, or standard input. Nothing here can write."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from console.errors import JournalError
from console.journal.lines import LONGEST_LINE_BYTES
from console.plan.literal import literal
from console.replay.packed import MAGIC, unpack
from console.replay.pages import Pages, pages_of

STANDARD_INPUT = "-"
PIECE_BYTES = 1 << 18
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW = 31


def name_of(path: str) -> str:
    """Give a recording's name as it can be shown."""
    return "standard input" if path == STANDARD_INPUT else literal(Path(path).name)


def read_pages(path: str) -> Pages:
    """Read a whole recording; what a crash tore off at the end of a journal is left out.

    In which form it comes, its first bytes say and not its name. Raises JournalError where the file can't be
    read, its data is damaged or ends too early, or a line of it is no record.
    """
    name = name_of(path)
    try:
        with _opened(path) as file:
            first = file.read(PIECE_BYTES)
            if first.startswith(MAGIC):
                return unpack(first + file.read(), name=name)
            return pages_of(_journal_lines(_unpacked(first, file, name), name), name=name)
    except OSError as error:
        raise JournalError(f"the recording {literal(path)} can't be read: {error.strerror}") from error


def _journal_lines(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    done, rest = 0, b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if any(len(line) > LONGEST_LINE_BYTES for line in (*lines[:1], rest)):
            raise JournalError(f"{name}:{done + 1}: this line is longer than {LONGEST_LINE_BYTES} bytes")
        yield from lines
        done += len(lines)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with Path(path).open("rb") as file:
        yield file


def _unpacked(first: bytes, file: BinaryIO, name: str) -> Iterator[bytes]:
    pieces = _chained(first, file)
    if first.startswith(_GZIP):
        return _inflated(pieces, name, lambda: zlib.decompressobj(_GZIP_WINDOW), zlib.error)
    if first.startswith(_ZSTD):
        import zstandard  # noqa: PLC0415 - only who reads such a file waits for it

        new = zstandard.ZstdDecompressor().decompressobj
        return _inflated(pieces, name, new, zstandard.ZstdError)
    return pieces


def _chained(piece: bytes, file: BinaryIO) -> Iterator[bytes]:
    while piece:
        yield piece
        piece = file.read(PIECE_BYTES)


class _Unpacker(Protocol):
    """What zlib and zstandard have in common: one compressed stream, and what follows it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _inflated(
    pieces: Iterator[bytes], name: str, new: Callable[[], _Unpacker], damage: type[Exception]
) -> Iterator[bytes]:
    """Unpack one stream after the other: `cat a.gz b.gz` is a file too."""
    unpacker = new()
    done = 0
    try:
        for piece in pieces:
            done += len(piece)
            left = piece
            while left:
                unpacker = new() if unpacker.eof else unpacker
                yield unpacker.decompress(left)
                left = unpacker.unused_data
    except damage as error:
        raise JournalError(f"{name}: the compressed data is damaged before byte {done}: {error}") from error
    if not unpacker.eof:
        raise JournalError(
            f"{name}: the compressed data ends too early, at byte {done}", hint="copy it again"
        )
