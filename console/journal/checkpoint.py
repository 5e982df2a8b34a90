"""The state of a release at a place in its journal, kept beside it: reading begins there, and not a week ago.

A checkpoint is a shortcut and never a source. It is the fold of the lines before it, made by this same
engine, and counts only while the journal still has the line that it ends with. In any doubt it is none, and
all is folded. What was done to the lines before it shows in `pithead verify`, which reads every line.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

import console
from console.errors import JournalError
from console.journal.chain import ChainState, ends_with
from console.journal.decode import decode
from console.journal.lines import LONGEST_LINE_BYTES
from console.private import open_file, put_private, read_private
from console.release.carried import without_plan
from console.release.events import Record, ReleaseOpened
from console.release.state import Release

EVERY_RECORDS = 256
"""Records between two checkpoints: as many are folded in about 30 ms, and one is made in 3 ms."""
_ENGINE = ("evidence.py", "judge", "person.py", "plan", "policy", "release")
"""What a state depends on besides its records."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Behind a whole line of a journal."""

    n: int = 0
    """The number of the last record; 0 at the beginning."""
    at: float = 0.0
    """When that was written."""
    whole_bytes: int = 0
    """Where its line ends."""
    chain: ChainState = ChainState()


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A state, and where it holds."""

    engine: str
    """The digest of the code that folded it: another engine may come to another state."""
    place: Place
    release: Release


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Checkpoint).decode


def packed_checkpoint(release: Release, place: Place) -> bytes:
    """Give the checkpoint's file.

    The plan is not in it: it may be long, and stands in the journal's first line.
    """
    return _encode(Checkpoint(engine=engine(), place=place, release=without_plan(release)))


def keep_checkpoint(journal: Path, packed: bytes) -> None:
    """Put it beside the journal, whole or not at all; raises OSError. To be called off the event loop."""
    put_private(_beside(journal), packed)


def checkpoint_of(journal: Path) -> Checkpoint | None:
    """Give the journal's newest checkpoint; None where there is none that counts."""
    try:
        found = _decode(read_private(_beside(journal)))
        if found.engine != engine():
            return None
        with open_file(journal) as file:
            opened = decode(file.readline(LONGEST_LINE_BYTES).rstrip(b"\n"))
            file.seek(max(0, found.place.whole_bytes - LONGEST_LINE_BYTES))
            before = file.read(min(found.place.whole_bytes, LONGEST_LINE_BYTES))
    except (OSError, msgspec.DecodeError, JournalError, RecursionError):
        return None
    if len(before) < min(found.place.whole_bytes, LONGEST_LINE_BYTES) or not ends_with(
        before, found.place.chain
    ):
        return None
    if not isinstance(opened, Record) or not isinstance(opened.event, ReleaseOpened):
        return None
    return replace(found, release=replace(found.release, plan=opened.event.plan))


@cache
def engine() -> str:
    """Give the digest of the code that makes states."""
    root = Path(console.__file__).parent
    digest = sha256()
    for name in _ENGINE:
        path = root / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _beside(journal: Path) -> Path:
    return journal.with_name("checkpoint")
