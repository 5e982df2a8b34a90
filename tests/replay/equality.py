"""Whether a replay shows what was live: the states of a release, hashed tick by tick on both sides."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release
from console.replay.recording import open_recording
from tests.whatif.random_releases import random_release

JUMPS = 20


def differences(seed: int, folder: Path) -> tuple[int, list[int]]:
    """Live through a random release, and open its journal and its packed form.

    Gives the number of states that were compared, and the lines after which a replay's state is another
    than the live one: going forward over all lines, and after random jumps over what is known by then.
    """
    live = list(_live(random_release(seed, folder)))
    journal = folder / "journal.jsonl"
    packed = folder / "packed"
    packed.write_bytes(b"".join(open_recording(str(journal)).packed()))
    chance = random.Random(seed)
    compared, wrong = 0, []
    for path in (journal, packed):
        recording = open_recording(str(path))
        jumps = [chance.randint(1, len(live)) for _ in range(JUMPS)]
        for line in (*range(1, len(live) + 1), *jumps):
            compared += 1
            if _hash(recording.at_line(line)) != live[line - 1]:
                wrong.append(line)
    return compared, wrong


def _live(records: Iterable[ev.Record]) -> Iterator[bytes]:
    """Fold as the worker does, record by record, and hash each state."""
    release: Release | None = None
    for record in records:
        release = fold(release, record)
        yield _hash(release)


def _hash(release: Release | None) -> bytes:
    return sha256(msgspec.msgpack.encode(release)).digest()
