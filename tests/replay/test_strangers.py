"""Recordings that somebody else made: opened, or refused in a sentence, and in little memory."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest

from console.errors import JournalError
from console.replay.recording import open_recording
from console.replay.source import lines_at
from console.replay.zstd import zstd
from screens.commands.samples import sample_path

LATER = b'{"n":9999,"at":1e10,"event":{"kind":"from_the_future","x":[{}]}}'
PIECE = bytes(1 << 20)
PIECES = 256
MOST_BYTES = 80 << 20
"""A fraction of what the files below would be, unpacked."""


def _gzipped(path: Path, pieces: Iterator[bytes]) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(pieces)


def _with_zstd(path: Path, pieces: Iterator[bytes]) -> None:
    with zstd.open(path, "wb") as file:
        for piece in pieces:
            file.write(piece)


@pytest.mark.parametrize("pack", [_gzipped, _with_zstd])
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_in_little_memory(
    pack: Callable[[Path, Iterator[bytes]], None], tmp_path: Path
) -> None:
    path = tmp_path / "bomb"
    pack(path, repeat(PIECE, PIECES))
    tracemalloc.start()
    with pytest.raises(JournalError, match="bomb:1: this line is longer than"):
        open_recording(str(path))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_BYTES < PIECES * len(PIECE)


def test_lines_are_given_whatever_is_in_them_however_they_are_packed(tmp_path: Path) -> None:
    path = tmp_path / "any.gz"
    path.write_bytes(gzip.compress(b"\xff\n{}\n\ntorn"))
    lines = list(lines_at(str(path)))
    assert [line.data for line in lines] == [b"\xff", b"{}", b"", b"torn"]
    assert [line.whole for line in lines] == [True, True, True, False]


@pytest.mark.parametrize("form", ["plain", "packed"])
def test_what_only_a_later_pithead_can_read_is_left_out_and_counted(form: str, tmp_path: Path) -> None:
    path = tmp_path / "later"
    lines = [line.data for line in lines_at(str(sample_path("crash")))]
    path.write_bytes(b"\n".join((*lines, LATER)) + b"\n")
    if form == "packed":
        path.write_bytes(b"".join(open_recording(str(path)).packed()))
    recording = open_recording(str(path))
    assert recording.later == 1
    assert len(recording.records(1, len(recording))) == len(recording) - 1
    assert recording.at_line(len(recording)) == recording.at_line(len(recording) - 1)
    assert "records of a later pithead, left out here: 1" in list(recording.findings.in_words())
