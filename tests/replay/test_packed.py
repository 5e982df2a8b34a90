from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from console.errors import JournalError
from console.journal.chain import seal, state_of, unseal
from console.release import events as ev
from console.replay import packed as packed_form
from console.replay.packed import BLOCK_LINES, MAGIC, PackedLineStore, index_frame, index_of, unpack
from console.replay.recording import open_recording
from console.replay.zstd import zstd
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
    assert (again.events, again.spans, again.last_at) == (plain.events, plain.spans, plain.last_at)
    assert again.at_line(3000) == plain.at_line(3000)
    assert again.findings == plain.findings
    assert again.findings.whole


def test_a_tick_takes_less_than_75_bytes_with_20_buckets_of_chance_full(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    ticks = 4 * BLOCK_LINES
    write_day(path, ticks=ticks)
    assert sum(map(len, open_recording(str(path)).packed())) < 75 * ticks


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
            [b" " + harmed[place]],
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
    store, forged = (page.store for page in pages)
    assert isinstance(store, PackedLineStore)
    assert isinstance(forged, PackedLineStore)
    store._block = forged._block
    state = state_of(store.sealed())
    assert [broken.line for broken in state.breaks] == [BLOCK_LINES + 1, 2 * BLOCK_LINES + 1]


def sealed_anew(lines: list[bytes]) -> list[bytes]:
    found, end = [], ""
    for line in lines:
        again, end = seal(line.partition(b',"chain"')[0] + b"}", end)
        found.append(again)
    return found


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"blocks": []}, id="no block"),
        pytest.param({"blocks": [[10**9, ""]]}, id="a block behind the end"),
        pytest.param({"blocks": [[-1, ""]]}, id="a block that ends before it begins"),
        pytest.param({"blocks": [[1]]}, id="no hash"),
        pytest.param({"events": [[-1, b"{}"], [2, b"{}"]]}, id="an event before the first line"),
        pytest.param({"events": [[2, b"{}"], [1, b"{}"]]}, id="events in no order"),
        pytest.param({"events": [[51, b"{}"]]}, id="an event behind the last line"),
        pytest.param({"times": []}, id="no lines"),
        pytest.param({"times": [5.0] * 4000}, id="lines without a block"),
        pytest.param({"times": [float("nan")] * 50}, id="a time that is none"),
        pytest.param({"times": [1e12] * 50}, id="a time beyond all calendars"),
        pytest.param({"times": [5.0, 4.0] * 25}, id="times in no order"),
        pytest.param({"times": ["x"] * 50}, id="a word for a time"),
        pytest.param({"format": 99}, id="a format of tomorrow"),
    ],
)
def test_an_index_that_a_stranger_made_is_refused_at_once(
    said: dict[str, object], lines: list[bytes], tmp_path: Path
) -> None:
    path = packed(lines[:50], tmp_path)
    path.write_bytes(with_index(path.read_bytes(), said))
    with pytest.raises(JournalError, match="damaged"):
        open_recording(str(path))


def test_a_record_is_where_the_index_says(lines: list[bytes], tmp_path: Path) -> None:
    path = packed(lines[:50], tmp_path)
    path.write_bytes(with_index(path.read_bytes(), {"times": [5.0] * 50}))
    recording = open_recording(str(path))
    with pytest.raises(JournalError, match="another time"):
        recording.records(1, 50)


@pytest.mark.parametrize("times", [49, 51])
def test_a_block_with_other_lines_than_the_index_says_is_damaged(
    times: int, lines: list[bytes], tmp_path: Path
) -> None:
    path = packed(lines[:50], tmp_path)
    first = msgspec.json.decode(lines[0])["at"]
    path.write_bytes(with_index(path.read_bytes(), {"times": [first] * times, "events": [[1, lines[0]]]}))
    recording = open_recording(str(path))
    with pytest.raises(JournalError, match="other lines than the index says"):
        list(recording.lines())


def test_a_damaged_block_is_called_so(lines: list[bytes], tmp_path: Path) -> None:
    path = packed(lines[:50], tmp_path)
    data = bytearray(path.read_bytes())
    data[len(MAGIC) + 20] ^= 0xFF
    path.write_bytes(data)
    recording = open_recording(str(path))
    with pytest.raises(JournalError, match="block of the packed recording is damaged"):
        list(recording.lines())


@pytest.mark.parametrize("bomb", ["index", "block"])
def test_a_bomb_is_not_unpacked_to_its_end(
    bomb: str, lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(lines[:50], tmp_path)
    data = path.read_bytes()
    monkeypatch.setattr(packed_form, "LARGEST_BYTES", 2**20)
    small = zstd.compress(bytes(2**20 + 1))
    if bomb == "index":
        end = small + len(small).to_bytes(8, "little")
        path.write_bytes(MAGIC + bytes(8) + end)
    else:
        path.write_bytes(
            with_index(MAGIC + small + data[index_of(data)[1] :], {"blocks": [[len(small), ""]]})
        )
    with pytest.raises(JournalError, match="too large"):
        list(open_recording(str(path)).lines())


def test_any_zstd_tool_gives_the_lines_back(lines: list[bytes], tmp_path: Path) -> None:
    with zstd.open(packed(lines, tmp_path), "rb") as file:
        bare = file.read().splitlines()
    assert bare == [unseal(line)[0] + b"}" for line in lines]


def with_index(data: bytes, said: dict[str, object]) -> bytes:
    """Let a packed recording say something else of itself."""
    index, begin = index_of(data)
    return data[:begin] + index_frame(msgspec.msgpack.encode(msgspec.msgpack.decode(index) | said))


@pytest.mark.parametrize("end", [-9, 20, -400])
def test_a_damaged_packed_recording_is_refused(end: int, lines: list[bytes], tmp_path: Path) -> None:
    path = packed(lines[:50], tmp_path)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(JournalError, match="damaged"):
        open_recording(str(path))
