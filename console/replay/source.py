"""Where a recording comes from: a file, compressed or not, or standard input. Nothing here can write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from console.errors import JournalError
from console.journal.lines import JournalLine, lines_of, pieces_of
from console.plan.literal import literal
from console.replay.inflate import inflated
from console.replay.packed import MAGIC, unpack
from console.replay.pages import Pages, pages_of

STANDARD_INPUT = "-"
_FIRST_BYTES = 1 << 16


def name_of(path: str) -> str:
    """Give a recording's name as it can be shown."""
    return "standard input" if path == STANDARD_INPUT else literal(Path(path).name)


def read_pages(path: str) -> Pages:
    """Read a whole recording; what a crash tore off at the end of a journal is left out.

    In which form it comes, its first bytes say and not its name. Raises JournalError where the file can't be
    read, its data is damaged or ends too early, or a line of it is no record.
    """
    name = name_of(path)
    with _opened(path) as (first, file):
        if first.startswith(MAGIC):
            return unpack(first + file.read(), name=name)
        return pages_of(lines_of(inflated(pieces_of(file, first), name=name)), name=name)


def lines_at(path: str) -> Iterator[JournalLine]:
    """Give the lines of a recording in any form, whatever is in them; raises JournalError as `read_pages`."""
    name = name_of(path)
    with _opened(path) as (first, file):
        if first.startswith(MAGIC):
            yield from map(JournalLine, unpack(first + file.read(), name=name).store.sealed())
        else:
            yield from lines_of(inflated(pieces_of(file, first), name=name))


@contextmanager
def _opened(path: str) -> Iterator[tuple[bytes, BinaryIO]]:
    """Open it, and read its first bytes."""
    try:
        if path == STANDARD_INPUT:
            yield sys.stdin.buffer.read(_FIRST_BYTES), sys.stdin.buffer
            return
        with Path(path).open("rb") as file:
            yield file.read(_FIRST_BYTES), file
    except OSError as error:
        raise JournalError(f"the recording {literal(path)} can't be read: {error.strerror}") from error
