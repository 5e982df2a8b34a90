"""Where the lines of an open recording lie: packed in memory, a page at a time within reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from console.replay.zstd import zstd

PAGE_LINES = 64
OPEN_BYTES = 96 << 20
"""So much stays as it came, a day of ticks: to pack it takes longer than to read it."""


class LineStore(Protocol):
    """The lines of one recording, page by page."""

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0, to read records from; their seals may be missing."""

    def sealed(self) -> Iterator[bytes]:
        """Give all lines from the first on, as they stand in the journal."""


class TextLineStore:
    """Lines as they came from a journal."""

    def __init__(self) -> None:
        self._open_pages: list[bytes] = []
        self._packed_pages: list[bytes] = []
        self._open_bytes = 0
        self._waiting: list[bytes] = []

    def put(self, line: bytes) -> None:
        """Take up the next line."""
        self._waiting.append(line)
        if len(self._waiting) == PAGE_LINES:
            self._put_page(b"\n".join(self._waiting))
            self._waiting = []

    def _put_page(self, page: bytes) -> None:
        if self._open_bytes < OPEN_BYTES:
            self._open_pages.append(page)
            self._open_bytes += len(page)
        else:
            # A copy: what zstd gives keeps the room that the page would have needed unpacked.
            self._packed_pages.append(bytes(memoryview(zstd.compress(page, level=1))))

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0."""
        packed = page - len(self._open_pages)
        if packed < 0:
            return self._open_pages[page].split(b"\n")
        if packed == len(self._packed_pages):
            return self._waiting
        return zstd.decompress(self._packed_pages[packed]).split(b"\n")

    def sealed(self) -> Iterator[bytes]:
        """Give all lines from the first on."""
        for page in range(len(self._open_pages) + len(self._packed_pages) + 1):
            yield from self.page(page)
