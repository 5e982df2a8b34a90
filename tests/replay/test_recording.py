from __future__ import annotations

import gzip
import io
import sys
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from console.errors import JournalError
from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.fold import fold
from console.release.state import Release
from console.replay import line_store
from console.replay.recording import Recording, open_recording
from console.replay.steps import Step
from console.replay.zstd import zstd
from tests.screens import stories


@pytest.fixture(scope="module")
def records() -> list[ev.Record]:
    """More than one page, from the opening to a rollback."""
    teller = stories.told(1200, of=stories.plan(interval_s=1.0, hold_s=300.0))
    teller.errors = lambda _elapsed_s: 0.05
    teller.run(200)
    return teller.records


@pytest.fixture
def recording(records: list[ev.Record], tmp_path: Path) -> Recording:
    return open_recording(str(written(records, tmp_path)))


def written(records: list[ev.Record], folder: Path) -> Path:
    path = folder / "journal.jsonl"
    path.write_bytes(lines(records))
    return path


def lines(records: list[ev.Record]) -> bytes:
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


def states(records: list[ev.Record]) -> list[Release]:
    release, after = None, []
    for record in records:
        release = fold(release, record)
        after.append(release)
    return after


def test_the_state_after_each_record_is_the_fold_up_to_it(
    recording: Recording, records: list[ev.Record]
) -> None:
    live = states(records)
    for n in [*range(1, len(records) + 1, 7), *range(len(records), 0, -97)]:
        assert recording.at_line(n) == live[n - 1]


def test_before_the_first_record_there_is_no_state(recording: Recording) -> None:
    assert recording.at(recording.first_at - 1) is None


def test_at_a_time_all_records_up_to_it_count(recording: Recording, records: list[ev.Record]) -> None:
    entered = next(record for record in records if isinstance(record.event, ev.StageEntered))
    together = [record for record in records if record.at == entered.at]
    assert recording.line_of(entered.at) == together[-1].n
    assert recording.at((records[400].at + records[401].at) / 2) == recording.at_line(401)


def test_growing_reaches_the_end_in_slices(recording: Recording) -> None:
    before = recording.progress
    assert not recording.grow(0.0)
    while not recording.grow(0.001):
        assert recording.progress > before
        before = recording.progress
    assert recording.reaches(recording.last_at)


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress, lambda raw: raw])
def test_a_compressed_recording_is_the_same(pack: object, records: list[ev.Record], tmp_path: Path) -> None:
    assert callable(pack)
    path = tmp_path / "journal"
    path.write_bytes(pack(lines(records[:300])) + pack(lines(records[300:])))
    assert open_recording(str(path)).records(1, len(records)) == records


def test_what_is_too_long_to_stay_open_in_memory_is_packed_there_and_the_same(
    records: list[ev.Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_store, "OPEN_BYTES", 200_000)
    recording = open_recording(str(written(records, tmp_path)))
    assert list(recording.lines()) == lines(records).splitlines()
    assert recording.records(1, len(records)) == records


def test_a_recording_comes_from_standard_input_too(
    records: list[ev.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(records))))
    assert len(open_recording("-")) == len(records)


def test_a_torn_last_line_is_left_out(records: list[ev.Record], tmp_path: Path) -> None:
    path = written(records, tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    assert len(open_recording(str(path))) == len(records) - 1


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        (lambda _raw: b"", "is empty"),
        (
            lambda raw: raw.replace(b'"n":300,', b'"n":3,'),
            "journal.jsonl:300: record 3 stands behind record 299",
        ),
        (lambda raw: raw + b"\xff\xfe\n", "this line is no record"),
        (lambda raw: gzip.compress(raw)[:-100], "ends too early, at byte"),
        (lambda raw: zstd.compress(raw)[:-100], "ends too early, at byte"),
        (lambda raw: zstd.compress(raw)[:4] + b"x" * 100, "damaged before byte 104"),
        (lambda raw: gzip.compress(raw)[:900] + bytes(900), "damaged before byte"),
        (lambda raw: raw.replace(b'"format":1', b'"format":99'), "has format 99"),
        (lambda raw: raw.partition(b"\n")[2], "does not begin with the opening of a release"),
        (
            lambda raw: raw.partition(b"\n")[0].replace(b"release_opened", b"from_the_future") + b"\n",
            "does not begin with the opening of a release",
        ),
    ],
)
def test_what_is_no_recording_is_refused_with_its_place(
    damaged: object, words: str, records: list[ev.Record], tmp_path: Path
) -> None:
    assert callable(damaged)
    path = written(records, tmp_path)
    path.write_bytes(damaged(path.read_bytes()))
    with pytest.raises(JournalError, match=words):
        open_recording(str(path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="can't be read: No such file"):
        open_recording(str(tmp_path / "none.jsonl"))


def test_every_event_that_is_no_sample_is_a_mark_with_its_words(
    recording: Recording, records: list[ev.Record]
) -> None:
    told = zip(records, states(records), strict=True)
    expected = [
        (record.n, event_in_words(record.event, after))
        for record, after in told
        if not isinstance(record.event, ev.SampleTaken)
    ]
    assert [(event.line, event.words) for event in recording.events] == expected


def test_the_spans_are_the_stages_and_the_rollback(recording: Recording) -> None:
    assert [(span.index, span.rolling_back) for span in recording.spans] == [
        (-1, False),
        *((index, False) for index in range(4)),
        (3, True),
    ]


def test_a_step_by_tick_goes_from_sample_to_sample(recording: Recording, records: list[ev.Record]) -> None:
    ticks = [record.at for record in records if isinstance(record.event, ev.SampleTaken)]
    for before, after in list(pairwise(ticks))[::50]:
        assert recording.step(before, Step.TICK, direction=1) == after
        assert recording.step(after, Step.TICK, direction=-1) == before


def test_steps_of_time_stay_on_the_track(recording: Recording) -> None:
    begin, end = recording.first_at, recording.last_at
    assert recording.step(begin, Step.MINUTE, direction=1) == begin + 60
    assert recording.step(begin, Step.TEN_SECONDS, direction=-1) == begin
    assert recording.step(end - 3, Step.TEN_SECONDS, direction=1) == end


@pytest.mark.parametrize(
    ("by", "kinds"),
    [
        (Step.STAGE, {"release_opened", "stage_entered", "rollback_decided"}),
        (Step.VERDICT, {"guard_turned"}),
    ],
)
def test_steps_by_stage_and_verdict_stop_at_what_they_are_named_for(
    by: Step, kinds: set[str], recording: Recording
) -> None:
    at, stops = recording.first_at, [recording.first_at]
    while (after := recording.step(at, by, direction=1)) != at:
        at = after
        stops.append(at)
    assert sorted(stops[1:]) == sorted(
        {event.at for event in recording.events if event.kind in kinds} - {stops[0]}
    )
