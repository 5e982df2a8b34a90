"""What gzip or zstd made small, unpacked a little at a time: a small file may hold a very large one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Protocol

from console.errors import JournalError

GZIP_BITE, ZSTD_BITE = 1 << 15, 1 << 10
"""So many bytes are unpacked at once. They become 32 MB at most: 4 bytes of zstd can stand for 128 KB."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW = 31


class _Unpacker(Protocol):
    """What zlib and zstd have in common: one compressed stream, and what follows it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def inflated(pieces: Iterator[bytes], *, name: str) -> Iterator[bytes]:
    """Unpack a file; its first bytes say whether it is to be, and how.

    Raises JournalError where the compressed data is damaged or ends too early.
    """
    first = next(pieces, b"")
    pieces = chain((first,), pieces)
    if first.startswith(_GZIP):
        return _unpacked(_bites(pieces, GZIP_BITE), name, _gzip, zlib.error)
    if first.startswith(_ZSTD):
        from console.replay.zstd import zstd  # noqa: PLC0415 - only who reads such a file waits for it

        return _unpacked(_bites(pieces, ZSTD_BITE), name, zstd.ZstdDecompressor, zstd.ZstdError)
    return pieces


def _gzip() -> _Unpacker:
    return zlib.decompressobj(_GZIP_WINDOW)


def _unpacked(
    bites: Iterator[bytes], name: str, new: Callable[[], _Unpacker], damage: type[Exception]
) -> Iterator[bytes]:
    """Unpack one stream after the other: `cat a.gz b.gz` is a file too."""
    unpacker = new()
    done = 0
    try:
        for bite in bites:
            done += len(bite)
            left = bite
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


def _bites(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        for begin in range(0, len(piece), size):
            yield piece[begin : begin + size]
