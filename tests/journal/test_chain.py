from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import ExitCode
from console.journal import Journal, read_journal
from console.journal.chain import Break, ChainState, Harm, state_of
from console.journal.verify import verify
from console.release import events as ev
from console.replay.source import lines_at
from tests.releases import Story, running, sample

ENDED = ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="v2 passed every stage")


def told() -> Story:
    story = running()
    story.ticks([sample()] * 6)
    story.tell(ENDED)
    return story


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    path = tmp_path / "whole.jsonl"
    with Journal(path) as journal:
        for record in told().records:
            journal.append(record)
    return path.read_bytes().splitlines()


def places(state: ChainState) -> list[tuple[int, Harm]]:
    return [(broken.line, broken.harm) for broken in state.breaks]


def changed(line: bytes) -> bytes:
    return line.replace(b"100", b"101", 1) if b"100" in line else line.replace(b"1", b"2", 1)


def test_what_was_written_is_whole_and_ends_in_its_last_lines_hash(lines: list[bytes]) -> None:
    state = state_of(lines)
    assert state.whole
    assert state.ended
    assert state.end == json.loads(lines[-1])["chain"]
    assert state.sealed == state.lines == len(lines)


@pytest.mark.parametrize("place", range(13))
def test_a_changed_line_is_named(lines: list[bytes], place: int) -> None:
    lines[place] = lines[place].replace(b'"at":1', b'"at":2', 1)
    assert places(state_of(lines)) == [(place + 1, Harm.CHANGED)]


@pytest.mark.parametrize("place", range(12))
def test_a_removed_line_is_named_by_the_line_behind_it(lines: list[bytes], place: int) -> None:
    del lines[place]
    assert state_of(lines).breaks == (Break(line=place + 1, harm=Harm.REMOVED, records=1),)


def test_many_removed_lines_are_counted(lines: list[bytes]) -> None:
    del lines[3:8]
    assert state_of(lines).breaks == (Break(line=4, harm=Harm.REMOVED, records=5),)


@pytest.mark.parametrize("place", range(1, 13))
@pytest.mark.parametrize("stranger", [b"", b"\0" * 400, b'{"n":4,"at":1.0,"event":{"kind":"paused"}}'])
def test_an_inserted_line_is_named(lines: list[bytes], place: int, stranger: bytes) -> None:
    lines.insert(place, stranger)
    assert places(state_of(lines)) == [(place + 1, Harm.INSERTED)]


@pytest.mark.parametrize("place", range(1, 13))
def test_a_line_of_another_journal_is_named_as_inserted(lines: list[bytes], place: int) -> None:
    lines.insert(place, lines[place].replace(b'"at":1', b'"at":2', 1))
    assert places(state_of(lines)) == [(place + 1, Harm.INSERTED)]


def test_a_line_written_twice_is_inserted(lines: list[bytes]) -> None:
    lines.insert(5, lines[4])
    assert places(state_of(lines)) == [(6, Harm.INSERTED)]


def test_a_line_overwritten_with_nothing_is_changed(lines: list[bytes]) -> None:
    lines[5] = b"\0" * len(lines[5])
    assert places(state_of(lines)) == [(6, Harm.CHANGED)]


def test_a_line_that_lost_its_hash_is_changed(lines: list[bytes]) -> None:
    without = json.loads(lines[5])
    del without["chain"]
    lines[5] = json.dumps(without, separators=(",", ":")).encode()
    assert places(state_of(lines)) == [(6, Harm.CHANGED)]


def test_two_lines_that_changed_places_are_named(lines: list[bytes]) -> None:
    lines[5], lines[6] = lines[6], lines[5]
    assert {line for line, _harm in places(state_of(lines))} >= {6}


def test_a_prefix_is_whole_but_without_its_end(lines: list[bytes]) -> None:
    state = state_of(lines[:9])
    assert (state.whole, state.ended) == (True, False)


def test_an_old_journal_has_no_chain_and_nothing_is_said_of_it(lines: list[bytes]) -> None:
    state = state_of([line[:-76] + b"}" for line in lines])
    assert (state.whole, state.sealed, state.breaks) == (False, 0, ())


def test_a_chain_that_begins_in_an_old_journal_vouches_for_it(lines: list[bytes]) -> None:
    old = [line[:-76] + b"}" for line in lines[:5]]
    assert state_of(old).end == json.loads(lines[4])["chain"]
    assert state_of([*old, *lines[5:]]).whole
    old[2] = changed(old[2])
    assert places(state_of([*old, *lines[5:]])) == [(6, Harm.CHANGED)]


@given(data=st.data())
def test_whatever_is_done_to_a_journal_shows(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "whole.jsonl"
    with Journal(path) as journal:
        for record in told().records:
            journal.append(record)
    text = path.read_bytes()
    at = data.draw(st.integers(0, len(text) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    state = state_of((text[:at] + bytes([byte]) + text[at + 1 :]).removesuffix(b"\n").split(b"\n"))
    assert not state.whole


def test_breaks_beyond_the_first_few_are_counted(lines: list[bytes]) -> None:
    state = state_of([*lines, *([b"nonsense"] * 50)])
    assert (len(state.breaks), state.more_breaks) == (20, 30)


def test_the_findings_say_what_is_there(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    found = verify(lines_at(str(path))).in_words()
    assert list(found) == [f"whole: 13 records, chain ends in {state_of(lines).end}"]


def test_a_torn_tail_is_told_with_its_size(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"\n".join(lines)[:-7])
    findings = verify(lines_at(str(path)))
    assert not findings.whole
    words = list(findings.in_words())
    assert words[0] == "NOT WHOLE: 12 lines"
    assert words[1] == f"line 13: torn, {len(lines[-1]) - 7} bytes of a record that a crash cut off"
    assert "the release's end is not in it" in words[2]


def test_a_journal_from_before_the_chain_is_read_as_ever(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(line[:-76] + b"}\n" for line in lines))
    assert read_journal(path) == told().records
    assert "no chain" in next(iter(verify(lines_at(str(path))).in_words()))


def test_the_command_leaves_with_what_it_found(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.cli.test_cli import pithead  # noqa: PLC0415 - the shell is loaded by this one test

    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert pithead("verify", path, monkeypatch=monkeypatch) == ExitCode.PROMOTED
    path.write_bytes(b"\n".join([*lines[:3], *lines[4:]]) + b"\n")
    assert pithead("verify", path, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "line 4: removed: 1 records are missing" in capsys.readouterr().out
