"""`python -m tests.golden (journals|hashes) WHY`: make the golden folder anew, with the reason written down.

`hashes` reads the journals that are there: for a state whose fields have moved. `journals` writes others, as
this version writes them: what older versions wrote is gone from the folder then.
"""

from __future__ import annotations

import argparse
import gzip
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import msgspec
from msgspec.structs import replace

from console.command import ANSWERABLE, Command
from console.errors import JournalError
from console.journal.chain import unseal
from console.release import events as ev
from console.release.fold import fold
from console.version import VERSION
from screens.commands.samples import sample_names, sample_path
from tests.fuzz import told
from tests.golden.shape import given, hashed
from tests.golden.shelf import Entry, Index, again, index, journals, keep, known
from tests.model.deeds import SEQUENCE_BYTES
from tests.model.paper import Paper
from tests.model.play import BrokenPromiseError, Tally, play
from tests.model.promises import Promises
from tests.model.setups import Setup
from tests.releases import running
from tests.whatif.random_releases import random_release

ON_PAPER, BY_A_WORKER = 150, 50
MOST_LINES = 400
"""A random journal that is longer is left out: it would say no more, and the folder is in every clone."""
SEED = 20261130


def main() -> None:
    """Make what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("what", choices=("journals", "hashes"))
    parser.add_argument("why")
    asked = parser.parse_args()
    if asked.what == "hashes":
        _hash_anew(asked.why)
    else:
        _write_anew(asked.why)


def _hash_anew(why: str) -> None:
    was = index()
    commands = [Command(command) for command in was.commands]
    entries = []
    for journal in journals():
        now = given(journal.records, commands)
        entries.append(replace(journal.entry, given=now))
        for part, (old, new) in zip(now._fields, zip(journal.entry.given, now, strict=True), strict=True):
            if old != new:
                sys.stderr.write(f"{journal.entry.name}: another {part}\n")
    keep(replace(was, reasons=(*was.reasons, why), journals=tuple(entries)))


def _write_anew(why: str) -> None:
    commands = [Command(command) for command in ANSWERABLE]
    entries, lines = [], []
    for name, journal in _all():
        entries.append(_entry(name, journal, commands))
        lines += journal
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True, check=True
    )
    keep(
        Index(
            pithead=f"{VERSION} at {commit.stdout.strip()}",
            reasons=(why,),
            commands=tuple(commands),
            kinds=tuple(str(kind.__struct_config__.tag) for kind in get_args(ev.AnyEvent)),
            journals=tuple(entries),
        ),
        lines,
    )


def _entry(name: str, lines: list[bytes], commands: Sequence[Command]) -> Entry:
    written = again(lines)
    older = [
        place
        for place, (line, new) in enumerate(zip(lines, written, strict=True), start=1)
        if unseal(line)[0] != new[:-1]
    ]
    return Entry(
        name=name,
        lines=len(lines),
        given=given([known(line) for line in lines], commands),
        written=hashed(written),
        older=tuple(older),
    )


def _all() -> Iterator[tuple[str, list[bytes]]]:
    for name in sample_names():
        yield f"sample {name}", gzip.decompress(sample_path(name).read_bytes()).splitlines()
    yield from _of_each_kind()
    yield from _random()


def _of_each_kind() -> Iterator[tuple[str, list[bytes]]]:
    """Give a release that runs and has one more event, for each form of each kind."""
    for place, lines in enumerate(told.journals()):
        yield f"story {place}", list(lines)
    forms = {type(event): event for event in _events()}
    for kind, event in sorted(forms.items(), key=lambda form: form[0].__name__):
        story = running()
        record = ev.Record(n=len(story.records) + 1, at=story.at, event=event)
        try:
            fold(story.release, record)
        except JournalError:
            continue  # an opening can't stand within a journal; each journal begins with one
        yield f"kind {kind.__struct_config__.tag}", list(map(_encode, (*story.records, record)))


def _events() -> list[ev.AnyEvent]:
    """Give all events of the stories, those with the most to say last."""
    found = [known(line).event for lines in told.journals() for line in lines]
    return sorted(found, key=lambda event: len(_encode(event)))


def _random() -> Iterator[tuple[str, list[bytes]]]:
    drawn, many = random.Random(SEED), 0
    while many < ON_PAPER:
        sequence = drawn.randbytes(SEQUENCE_BYTES)
        lines = _on_paper(sequence)
        if lines and len(lines) <= MOST_LINES:
            many += 1
            yield f"sequence {sequence.hex()}", lines
    seed, many = 0, 0
    while many < BY_A_WORKER:
        with tempfile.TemporaryDirectory() as folder:
            lines = list(map(_encode, random_release(seed, Path(folder))))
        if len(lines) <= MOST_LINES:
            many += 1
            yield f"worker {seed}", lines
        seed += 1


def _on_paper(sequence: bytes) -> list[bytes]:
    drives: list[Paper] = []

    def make(setup: Setup, promises: Promises) -> Paper:
        drives.append(Paper(setup, promises))
        return drives[-1]

    try:
        play(sequence, make, Tally())
    except BrokenPromiseError:
        return []
    return list(map(_encode, drives[-1].records))


_encode = msgspec.json.Encoder().encode

if __name__ == "__main__":
    main()
