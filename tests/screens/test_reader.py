"""A long past is read a part at a time; how the release stands comes from a checkpoint meanwhile."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from console.journal.tail import AT_A_TIME, Tail
from console.release import events as ev
from console.release.fold import fold_all
from screens.feed import JournalFeed
from screens.glyphs import ASCII
from screens.reader import Latest, Reader
from tests.screens import stories

TICKS = 3 * AT_A_TIME
KEPT = TICKS - 50


@pytest.fixture(scope="module")
def records() -> list[ev.Record]:
    return stories.told(TICKS, of=stories.plan(interval_s=1.0, hold_s=2.0 * TICKS)).records


@pytest.fixture
def path(tmp_path: Path, records: list[ev.Record]) -> Path:
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return journal


def latest(path: Path) -> Latest:
    tail = Tail(path)
    before = tail.poll(most=KEPT)
    feed = JournalFeed(path, after=tail.place)
    return Latest(release=fold_all(before), last_at=before[-1].at, feed=feed)


def test_without_a_checkpoint_the_story_says_how_much_is_still_to_be_read(path: Path) -> None:
    reader = Reader(JournalFeed(path))
    _ = reader.read()
    assert reader.reading
    assert reader.behind.endswith("MB to go")
    assert reader.history == ""


def test_with_a_checkpoint_the_first_read_tells_how_the_release_stands(
    path: Path, records: list[ev.Record]
) -> None:
    reader = Reader(JournalFeed(path), latest=latest(path))
    _, newest = reader.read()
    assert reader.story.release == fold_all(records)
    assert [record.n for record in newest] == [record.n for record in records[KEPT:]]
    assert reader.behind == ""
    assert reader.history.endswith("MB to go")


def test_once_all_is_read_the_whole_story_is_told(path: Path, records: list[ev.Record]) -> None:
    reader, whole = Reader(JournalFeed(path), latest=latest(path)), Reader(JournalFeed(path))
    for each in (reader, whole):
        while each.read()[1] or each.reading:
            pass
        assert each.story.release == fold_all(records)
        assert (each.behind, each.history) == ("", "")
    entries = [
        each.story.view_state(now=records[-1].at, glyphs=ASCII, read_only=True).entries
        for each in (reader, whole)
    ]
    assert len(entries[0]) == len(entries[1]) > 0


def test_a_torn_line_is_not_waited_for(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"n":')
    reader = Reader(JournalFeed(path), latest=latest(path))
    for _ in range(TICKS):
        _ = reader.read()
    assert not reader.reading
    assert reader.history == ""


def test_no_poll_gives_more_than_a_part(path: Path) -> None:
    assert len(JournalFeed(path).poll()) == AT_A_TIME
