"""Whether a journal's file is still the one that its worker has written, and as long as that left it.

Log rotation cuts a file (copytruncate) or moves it away, rsync and editors put another one in its place. The
worker that has the file open is not told: it would write on where no reader looks, or behind a hole.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

SEAM_BYTES = 80
"""This much of the end of what was written is compared with the file: a line's hash and what closes it."""


class Harm(Struct, frozen=True, kw_only=True):
    """What was done to a journal's file."""

    words: str
    whole: bool
    """Whether all that was written is still there, in the file that is open."""


def harm_to(fd: int, path: Path, *, size: int, seam: bytes, torn: bool) -> Harm | None:
    """Compare the open file with the one at `path`, and its end with what was written; raises OSError.

    `size` is where the last whole line ends and `seam` its last bytes; where it is `torn`, a part of another
    line of ours may follow.
    """
    mine = os.fstat(fd)
    whole = mine.st_size >= size and os.pread(fd, len(seam), size - len(seam)) == seam
    if not whole:
        cut = mine.st_size < size
        words = (
            f"its file was cut from {size:,} to {mine.st_size:,} bytes" if cut else "its end was overwritten"
        )
        return Harm(words=words, whole=False)
    try:
        there = path.lstat()
    except FileNotFoundError:
        return Harm(words="its file was deleted", whole=True)
    if not os.path.samestat(mine, there):
        return Harm(words="another file had taken its place", whole=True)
    if mine.st_size > size and not torn:
        return Harm(words="something else was written into its file", whole=True)
    return None
