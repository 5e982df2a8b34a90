"""Where the golden journals lie: all lines behind each other, and an index with what each journal gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from console.journal.decode import decode
from console.release import events as ev
from console.replay.zstd import zstd
from tests.golden.shape import Given

FOLDER = Path(__file__).parent
LINES = FOLDER / "journals.zst"
INDEX = FOLDER / "index.json"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One golden journal."""

    name: str
    lines: int
    given: Given
    written: str
    """The hash of its lines as they were written again, when the folder was made."""
    older: tuple[int, ...] = ()
    """The lines, counted from 1, that came out otherwise then: a version before that one wrote them."""


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What the golden folder holds."""

    pithead: str
    """Which version, at which commit, wrote the journals."""
    reasons: tuple[str, ...]
    """Why the journals, or the hashes alone, were made anew, the latest last."""
    commands: tuple[str, ...]
    """The commands that there were."""
    kinds: tuple[str, ...]
    """The kinds of event that there were."""
    journals: tuple[Entry, ...]


class Journal(msgspec.Struct, frozen=True):
    """A golden journal with its lines, which have no newline."""

    entry: Entry
    lines: tuple[bytes, ...]

    @property
    def records(self) -> list[ev.Record]:
        """Its lines read."""
        return [known(line) for line in self.lines]


def known(line: bytes) -> ev.Record:
    """Read a line; all kinds of event that were known are known."""
    record = decode(line)
    assert isinstance(record, ev.Record), line
    return record


def again(lines: Iterable[bytes]) -> list[bytes]:
    """Read lines and write them again, without their hashes."""
    return [msgspec.json.encode(known(line)) for line in lines]


def index() -> Index:
    """Read the index."""
    return msgspec.json.decode(INDEX.read_bytes(), type=Index)


def journals() -> Iterator[Journal]:
    """Give the golden journals in their order."""
    lines = iter(zstd.decompress(LINES.read_bytes()).splitlines())
    for entry in index().journals:
        yield Journal(entry, tuple(next(lines) for _ in range(entry.lines)))


def keep(index_of: Index, lines: list[bytes] | None = None) -> None:
    """Write the index, and the lines where they are new."""
    INDEX.write_bytes(msgspec.json.format(msgspec.json.encode(index_of), indent=1) + b"\n")
    if lines is not None:
        whole = b"".join(line + b"\n" for line in lines)
        LINES.write_bytes(zstd.compress(whole, options=OPTIONS))


OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: 19,
    zstd.CompressionParameter.window_log: 27,
    zstd.CompressionParameter.enable_long_distance_matching: 1,
}
"""The journals resemble each other, and stand megabytes apart."""
