"""Lines of a file that anybody may have written: read in pieces, and never more of one than it may have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

LONGEST_LINE_BYTES = 4 * 2**20
"""A tick's record has about 1 KB, the opening of a release with a large plan 100 KB."""
PIECE_BYTES = 2**20


class Line(Struct, frozen=True, kw_only=True):
    """One line without its newline."""

    data: bytes
    """Its beginning only, where it is too long."""
    whole: bool = True
    """False for what stands behind the last newline: a write that a crash tore, or that goes on."""
    too_long: bool = False


def lines_of(file: BinaryIO) -> Iterator[Line]:
    """Give the file's lines from where it stands, the last one also where it is torn."""
    rest, too_long = b"", False
    while piece := file.read(PIECE_BYTES):
        *ended, more = piece.split(b"\n")
        for end in ended:
            yield _line(rest + end, too_long=too_long)
            rest, too_long = b"", False
        rest += more[: LONGEST_LINE_BYTES + 1 - len(rest)]
        too_long = len(rest) > LONGEST_LINE_BYTES
    if rest:
        yield _line(rest, too_long=too_long, whole=False)


def _line(data: bytes, *, too_long: bool, whole: bool = True) -> Line:
    too_long = too_long or len(data) > LONGEST_LINE_BYTES
    return Line(data=data[:LONGEST_LINE_BYTES] if too_long else data, whole=whole, too_long=too_long)
