"""Whether a replay shows what was live: the states of a release, hashed tick by tick on both sides."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release
from console.replay.recording import open_recording
from console.whatif.simulate import what_if
from tests.whatif.random_releases import random_release

JUMPS = 20


class Compared(Struct, frozen=True, kw_only=True):
    """One random release, lived through and replayed."""

    records: tuple[ev.Record, ...]
    states: int
    """So many states were compared."""
    wrong: tuple[int, ...]
    """The lines after which a replay's state is another than the live one."""
    simulated: bool
    """Whether the recorded plan, asked again, decides the same at the same ticks."""


def compared(seed: int, folder: Path) -> Compared:
    """Live through a random release, and open its journal and its packed form.

    States are compared going forward over all lines, and after random jumps over what is known by then.
    """
    records = random_release(seed, folder)
    live = list(_live(records))
    journal = folder / "journal.jsonl"
    packed = folder / "packed"
    packed.write_bytes(b"".join(open_recording(str(journal)).packed()))
    chance = random.Random(seed)
    states, wrong = 0, []
    for path in (journal, packed):
        recording = open_recording(str(path))
        jumps = [chance.randint(1, len(live)) for _ in range(JUMPS)]
        for line in (*range(1, len(live) + 1), *jumps):
            states += 1
            if _hash(recording.at_line(line)) != live[line - 1]:
                wrong.append(line)
    return Compared(
        records=tuple(records), states=states, wrong=tuple(wrong), simulated=_simulated(records) == records
    )


def _simulated(records: Sequence[ev.Record]) -> list[ev.Record]:
    opened = records[0].event
    assert isinstance(opened, ev.ReleaseOpened)
    return list(what_if(records, opened.plan).records)


def _live(records: Iterable[ev.Record]) -> Iterator[bytes]:
    """Fold as the worker does, record by record, and hash each state."""
    release: Release | None = None
    for record in records:
        release = fold(release, record)
        yield _hash(release)


def _hash(release: Release | None) -> bytes:
    return sha256(msgspec.msgpack.encode(release)).digest()
