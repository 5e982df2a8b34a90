"""What an older pithead wrote folds to the same states, says the same, and is written byte for byte again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import get_args

from console.command import Command
from console.journal.chain import unseal
from console.release import events as ev
from tests.golden.shape import given, hashed
from tests.golden.shelf import Journal, again, index, journals
from tests.sample import sampled

HOW = 'python -m tests.golden hashes "why" where this is meant'


@cache
def some() -> Sequence[Journal]:
    return sampled("golden journals", tuple(journals()))


def test_each_golden_journal_gives_what_it_gave() -> None:
    commands = [Command(command) for command in index().commands]
    others = [
        f"{journal.entry.name}: another {part}"
        for journal in some()
        for part, was, now in zip(
            journal.entry.given._fields, journal.entry.given, given(journal.records, commands), strict=True
        )
        if was != now
    ]
    assert not others, (others, HOW)


def test_each_golden_record_is_written_byte_for_byte_as_it_was() -> None:
    for journal in some():
        written = again(journal.lines)
        others = {
            place
            for place, (line, new) in enumerate(zip(journal.lines, written, strict=True), start=1)
            if unseal(line)[0] != new[:-1]
        }
        assert others <= set(journal.entry.older), journal.entry.name
        assert hashed(written) == journal.entry.written, journal.entry.name


def test_no_kind_of_event_and_no_command_is_forgotten() -> None:
    kinds = {str(kind.__struct_config__.tag) for kind in get_args(ev.AnyEvent)}
    assert kinds >= set(index().kinds)
    assert set(Command) >= set(index().commands)
