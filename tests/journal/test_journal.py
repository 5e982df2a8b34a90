from __future__ import annotations

from pathlib import Path

import pytest

from console.errors import JournalError
from console.journal import Journal, Tail, read_journal
from console.release import events as ev
from tests.releases import PREFLIGHT, Story, opened, plan, running, sample


def record(n: int, event: ev.AnyEvent = PREFLIGHT) -> ev.Record:
    return ev.Record(n=n, at=float(n), event=event)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_what_is_appended_is_read_again(path: Path) -> None:
    story = running()
    story.ticks([sample()] * 3)
    with Journal(path) as journal:
        for line in story.records:
            journal.append(line)
        journal.flush()
    assert read_journal(path) == story.records


def test_only_its_owner_may_read_a_journal(path: Path) -> None:
    with Journal(path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_is_never_written_over(path: Path) -> None:
    path.write_text("someone's\n")
    with pytest.raises(JournalError, match="can't be made"):
        Journal(path)
    assert path.read_text() == "someone's\n"


def test_a_torn_last_line_is_left_out(path: Path) -> None:
    with Journal(path) as journal:
        journal.append(record(1))
        journal.append(record(2))
    whole = path.read_bytes()
    for cut in range(whole.index(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:cut])
        assert [line.n for line in read_journal(path)] == [1]


def test_a_tail_gives_each_record_once_and_only_when_it_is_whole(path: Path) -> None:
    tail = Tail(path)
    assert tail.poll() == []
    with Journal(path) as journal:
        journal.append(record(1))
        assert [line.n for line in tail.poll()] == [1]
        assert tail.poll() == []
        journal.append(record(2))
        whole = path.read_bytes()
        path.write_bytes(whole[:-5])
        assert tail.poll() == []
        path.write_bytes(whole)
        assert [line.n for line in tail.poll()] == [2]


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b'{"n":1}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"n":1,"at":NaN,"event":{"kind":"preflight_done","checks":[]}}',
    ],
)
def test_a_line_that_is_no_record_is_named_by_its_place(path: Path, line: bytes) -> None:
    path.write_bytes(line + b"\n")
    with pytest.raises(JournalError, match=r"journal\.jsonl:1: this line is no record"):
        read_journal(path)


def test_a_newer_format_is_refused_with_the_version_that_reads_it(path: Path) -> None:
    story = Story(plan())
    newer = opened(plan()).__class__(
        format=99, release="r", plan=plan(), person=story.release.person, pithead="7.0"
    )
    with Journal(path) as journal:
        journal.append(record(1, newer))
    with pytest.raises(JournalError, match="format 99") as caught:
        read_journal(path)
    assert "7.0" in caught.value.hint


def test_an_absent_and_an_empty_journal_are_told_apart(path: Path) -> None:
    with pytest.raises(JournalError, match="no journal"):
        read_journal(path)
    path.touch()
    with pytest.raises(JournalError, match="is empty"):
        read_journal(path)


def test_a_file_that_somebody_cut_is_never_stretched_with_zeros(path: Path) -> None:
    with Journal(path) as journal:
        for n in (1, 2):
            journal.append(record(n))
        journal.flush()
        journal.is_safe(2)
        journal.append(record(3))
        before = path.read_bytes().rindex(b'{"n":3')
        path.write_bytes(b"")
        journal.is_not_safe(OSError(5, "input/output error"))
        journal.hand_over()
        assert journal.lost == f"its file was cut from {before:,} to 0 bytes"
    assert path.read_bytes() == b""
