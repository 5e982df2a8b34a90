"""A checkpoint beside a journal: reading begins there, and comes to the same state or does without."""

from __future__ import annotations

import gzip
from importlib.resources import files
from pathlib import Path

import pytest

from console.journal import Tail, checkpoint, past_of
from console.journal.checkpoint import checkpoint_of, keep_checkpoint, packed_checkpoint
from console.journal.decode import Later, decode
from console.release.events import Record
from console.release.fold import fold_all
from console.release.state import Release

SAMPLES = ("errors", "judged")


@pytest.fixture(params=SAMPLES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A journal of some hundred records."""
    recording = files("sample_plans.recordings").joinpath(f"{request.param}.jsonl.gz")
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(gzip.decompress(recording.read_bytes()))
    return journal


def keep_one(path: Path, *, records: int) -> None:
    reader = Tail(path)
    release = fold_all(reader.poll(most=records))
    keep_checkpoint(path, packed_checkpoint(release, reader.place))


def folded(path: Path) -> Release:
    return fold_all(Tail(path).poll())


@pytest.mark.parametrize("records", [1, 2, 40, 100])
def test_from_wherever_it_was_kept_reading_comes_to_the_state_of_the_whole_fold(
    path: Path, records: int
) -> None:
    keep_one(path, records=records)
    whole = Tail(path)
    whole.poll()
    past = past_of(path)
    assert past.release == folded(path)
    assert (past.place, past.torn_bytes) == (whole.place, 0)


def test_no_line_before_it_is_read_but_the_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_one(path, records=40)
    lines = path.read_bytes().count(b"\n")
    read: list[bytes] = []

    def counting(line: bytes) -> Record | Later:
        read.append(line)
        return decode(line)

    monkeypatch.setattr("console.journal.tail.decode", counting)
    past_of(path)
    assert len(read) == lines - 40


def test_a_journal_that_grows_behind_it_is_read_on_from_there(path: Path) -> None:
    keep_one(path, records=40)
    found = checkpoint_of(path)
    assert found is not None
    assert [record.n for record in Tail(path, after=found.place).poll(most=2)] == [41, 42]


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda text, _: text[:2000], id="truncated"),
        pytest.param(lambda text, end: text[: end - 5] + b"0000" + text[end - 1 :], id="its-line-changed"),
        pytest.param(lambda text, _: text.replace(b"\n", b" \n", 1), id="moved-by-a-byte"),
        pytest.param(lambda text, _: text.replace(b'"event"', b'"was"', 1), id="no-opening"),
    ],
)
def test_where_the_journal_is_another_it_counts_for_nothing(path: Path, harm: object) -> None:
    keep_one(path, records=40)
    found = checkpoint_of(path)
    assert found is not None
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes(), found.place.whole_bytes))
    assert checkpoint_of(path) is None


def test_one_that_another_engine_made_counts_for_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(checkpoint, "engine", lambda: "another")
        keep_one(path, records=40)
    assert checkpoint_of(path) is None
    assert past_of(path).release == folded(path)


@pytest.mark.parametrize("found", [b"", b"\x00", b"\xc1" * 100, b"{}"])
def test_a_file_that_is_none_counts_for_nothing(path: Path, found: bytes) -> None:
    path.with_name("checkpoint").write_bytes(found)
    assert checkpoint_of(path) is None


def test_only_its_owner_reads_it(path: Path) -> None:
    keep_one(path, records=40)
    assert path.with_name("checkpoint").stat().st_mode & 0o077 == 0


def test_without_samples_the_rest_comes_as_it_is_and_the_place_is_the_same(path: Path) -> None:
    whole, outline = Tail(path), Tail(path, samples=False)
    expected = [record for record in whole.poll() if type(record.event).__name__ != "SampleTaken"]
    assert outline.poll() == expected
    assert outline.place == whole.place
