"""Where the lines of an open recording lie: packed in memory, a page at a time within reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import zstandard

PAGE_LINES = 64


class Shelf(Protocol):
    """The lines of one recording, page by page."""

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0, to read records from; their seals may be missing."""

    def sealed(self) -> Iterator[bytes]:
        """Give all lines from the first on, as they stand in the journal."""


class TextShelf:
    """Lines as they came from a journal."""

    def __init__(self) -> None:
        self._pages: list[bytes] = []
        self._waiting: list[bytes] = []
        self._pack = zstandard.ZstdCompressor(level=1).compress
        self._unpack = zstandard.ZstdDecompressor().decompress

    def put(self, line: bytes) -> None:
        """Take up the next line."""
        self._waiting.append(line)
        if len(self._waiting) == PAGE_LINES:
            packed = self._pack(b"\n".join(self._waiting))
            # A copy: what zstd gives keeps the room that the page would have needed unpacked.
            self._pages.append(bytes(memoryview(packed)))
            self._waiting = []

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0."""
        if page == len(self._pages):
            return self._waiting
        return self._unpack(self._pages[page]).split(b"\n")

    def sealed(self) -> Iterator[bytes]:
        """Give all lines from the first on."""
        for page in range(len(self._pages) + 1):
            yield from self.page(page)
