"""Lines of a file that anybody may have written: read in pieces, and never more of one than it may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from msgspec import Struct

LONGEST_LINE_BYTES = 4 * 2**20
"""A tick's record has about 1 KB, the opening of a release with a large plan 100 KB."""
PIECE_BYTES = 2**20


class JournalLine(Struct, frozen=True):
    """One line without its newline."""

    data: bytes
    """Its beginning only, where it is too long."""
    whole: bool = True
    """False for what stands behind the last newline: a write that a crash tore, or that goes on."""
    too_long: bool = False


def pieces_of(file: BinaryIO, first: bytes = b"") -> Iterator[bytes]:
    """Give what is in a file from where it stands, in pieces; `first` was read from it before."""
    piece = first or file.read(PIECE_BYTES)
    while piece:
        yield piece
        piece = file.read(PIECE_BYTES)


def lines_of(pieces: Iterable[bytes]) -> Iterator[JournalLine]:
    """Put pieces together to lines, the last one also where it is torn.

    A line that is too long is given at once, and what else comes of it is passed over.
    """
    rest, passed_over = b"", False
    for piece in pieces:
        first, *others = piece.split(b"\n")
        if not passed_over:
            rest += first[: LONGEST_LINE_BYTES + 1 - len(rest)]
            passed_over = len(rest) > LONGEST_LINE_BYTES
            if passed_over or others:
                yield _line(rest)
        if others:
            *ended, more = others
            yield from map(_line, ended)
            rest, passed_over = more[: LONGEST_LINE_BYTES + 1], False
    if rest and not passed_over:
        yield _line(rest, whole=False)


def _line(data: bytes, *, whole: bool = True) -> JournalLine:
    if len(data) > LONGEST_LINE_BYTES:
        return JournalLine(data=data[:LONGEST_LINE_BYTES], whole=whole, too_long=True)
    return JournalLine(data=data, whole=whole)
