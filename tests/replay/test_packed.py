from __future__ import annotations

import lzma
import random
from pathlib import Path

import msgspec
import pytest

from console.errors import JournalError
from console.journal.chain import seal, state_of
from console.release import events as ev
from console.replay.packed import BLOCK_LINES, PackedShelf, unpack
from console.replay.recording import open_recording
from tests.replay.days import write_day
from tests.screens import stories


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A journal of more than two blocks."""
    return sealed(
        stories.told(2 * BLOCK_LINES + 100.0, of=stories.plan(interval_s=1.0, hold_s=9000.0)).records
    )


def sealed(records: list[ev.Record]) -> list[bytes]:
    found, end = [], ""
    for record in records:
        line, end = seal(msgspec.json.encode(record), end)
        found.append(line)
    return found


def written(lines: list[bytes], folder: Path) -> Path:
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def packed(lines: list[bytes], folder: Path) -> Path:
    path = folder / "journal.pithead"
    path.write_bytes(b"".join(open_recording(str(written(lines, folder))).packed()))
    return path


def test_a_packed_recording_is_the_same_recording(lines: list[bytes], tmp_path: Path) -> None:
    path = packed(lines, tmp_path)
    plain, again = open_recording(str(tmp_path / "journal.jsonl")), open_recording(str(path))
    assert list(again.lines()) == lines
    assert (again.marks, again.spans, again.last_at) == (plain.marks, plain.spans, plain.last_at)
    assert again.at_line(3000) == plain.at_line(3000)
    assert again.findings == plain.findings
    assert again.findings.whole


def test_a_tick_takes_less_than_60_bytes_with_20_buckets_of_chance_full(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    ticks = BLOCK_LINES
    write_day(path, ticks=ticks)
    assert sum(map(len, open_recording(str(path)).packed())) < 60 * ticks


@pytest.mark.full
@pytest.mark.parametrize("seed", range(8))
def test_a_journal_that_was_tampered_with_is_packed_as_it_stands(
    seed: int, lines: list[bytes], tmp_path: Path
) -> None:
    chance = random.Random(seed)
    harmed = lines[:BLOCK_LINES]
    for _ in range(5):
        place = chance.randrange(1, len(harmed))
        harms: tuple[list[bytes], ...] = (
            [],
            [harmed[place].replace(b'"span_s":1.0', b'"span_s":1.1')],
            [harmed[place].partition(b',"chain"')[0] + b"}"],
            [harmed[place].partition(b',"chain"')[0] + b',"chain":"none"}'],
        )
        harmed[place : place + 1] = chance.choice(harms)
    plain, again = (
        open_recording(str(written(harmed, tmp_path))),
        open_recording(str(packed(harmed, tmp_path))),
    )
    assert list(again.lines()) == harmed
    assert again.findings == plain.findings


def test_a_block_put_in_another_ones_place_breaks_the_chain(lines: list[bytes], tmp_path: Path) -> None:
    other = [line.replace(b'"errors_5xx":', b'"errors_5xx":1') for line in lines]
    pages = [unpack(packed(some, tmp_path).read_bytes(), name="") for some in (lines, sealed_anew(other))]
    shelf, forged = (page.shelf for page in pages)
    assert isinstance(shelf, PackedShelf)
    assert isinstance(forged, PackedShelf)
    shelf.page = forged.page  # type: ignore[method-assign]  # the columns of the one, the hashes of the other
    state = state_of(shelf.sealed())
    assert [broken.line for broken in state.breaks] == [BLOCK_LINES + 1, 2 * BLOCK_LINES + 1]


def sealed_anew(lines: list[bytes]) -> list[bytes]:
    found, end = [], ""
    for line in lines:
        again, end = seal(line.partition(b',"chain"')[0] + b"}", end)
        found.append(again)
    return found


def numbers(token: bytes) -> bytes:
    """A block of fifty lines, each with the same number."""
    found = [[[[b"", b""], [{"type": "a", "token": token}]]], [[0, 50]]]
    return lzma.compress(msgspec.msgpack.encode(found), preset=0)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"lines": 10**12}, id="more lines than a year has"),
        pytest.param({"lines": -1}, id="fewer than no lines"),
        pytest.param({"lines": 2000}, id="lines without a block"),
        pytest.param({"offsets": []}, id="no block"),
        pytest.param({"offsets": [8, 10**9]}, id="a block behind the end"),
        pytest.param({"offsets": [900, 8]}, id="a block that ends before it begins"),
        pytest.param({"ends": []}, id="no hashes"),
        pytest.param({"event_lines": [-1, 2]}, id="an event before the first line"),
        pytest.param({"event_lines": [2, 1]}, id="events in no order"),
        pytest.param({"times": numbers(b"nan")}, id="a time that is none"),
        pytest.param({"times": numbers(b"1e12")}, id="a time beyond all calendars"),
        pytest.param({"times": numbers(b"x")}, id="a word for a time"),
    ],
)
def test_a_directory_that_a_stranger_made_is_refused_at_once(
    said: dict[str, object], lines: list[bytes], tmp_path: Path
) -> None:
    path = packed(lines[:50], tmp_path)
    path.write_bytes(with_directory(path.read_bytes(), said))
    with pytest.raises(JournalError, match="damaged"):
        open_recording(str(path))


def test_a_record_is_where_the_directory_says(lines: list[bytes], tmp_path: Path) -> None:
    path = packed(lines[:50], tmp_path)
    path.write_bytes(with_directory(path.read_bytes(), {"times": numbers(b"5.0")}))
    recording = open_recording(str(path))
    with pytest.raises(JournalError, match="another time"):
        recording.records(1, 50)


def with_directory(data: bytes, said: dict[str, object]) -> bytes:
    """Let a packed recording say something else of itself."""
    begin = len(data) - 8 - int.from_bytes(data[-8:], "big")
    directory = msgspec.msgpack.encode(msgspec.msgpack.decode(data[begin:-8]) | said)
    return data[:begin] + directory + len(directory).to_bytes(8, "big")


@pytest.mark.parametrize("end", [-9, 20, -400])
def test_a_damaged_packed_recording_is_refused(end: int, lines: list[bytes], tmp_path: Path) -> None:
    path = packed(lines[:50], tmp_path)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(JournalError, match="damaged"):
        open_recording(str(path))
