"""`pithead replay` without a screen, as a pipeline calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.errors import ExitCode
from console.journal import Journal
from tests.cli.test_cli import pithead
from tests.screens import stories
from tests.screens.recordings import recorded


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "rolled-back.jsonl"
    with Journal(path) as journal:
        for record in stories.rolled_back().records:
            journal.append(record)
    return path


def test_an_instant_is_printed_as_it_stood(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pithead("replay", recording, "--at", "+150s", "--print", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "phase    running" in shown
    assert "stage    3 of 5" in shown
    assert "weight   25% to v2" in shown
    assert "SUSPECT: v2 fails " in shown
    assert "breach       roll back when v2's error rate exceeds 1%" in shown


def test_an_instant_is_json_for_programs(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pithead("replay", recording, "--json", monkeypatch=monkeypatch) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "rolled_back"
    assert told["weight"] == 0
    assert told["guards"][0]["verdict"] == "breach"


def test_an_instant_of_a_judged_release_has_both_keys_and_every_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = recorded(stories.judged(), tmp_path).path
    assert pithead("replay", judged, "--print", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "is v2 worse than v1?" in shown
    assert "requests that failed: v1 " in shown
    assert pithead("replay", judged, "--json", monkeypatch=monkeypatch) == 0
    keys = json.loads(capsys.readouterr().out)["keys"]
    assert [key["name"] for key in keys["keys"]] == ["key 1", "key 2"]
    assert keys["channels"][0]["name"] == "errors"


def test_assertions_that_hold_end_with_0(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("--assert", "outcome == rolled_back", "--assert", "verdict(error_rate) == breach before 08:56")
    assert pithead("replay", recording, *args, monkeypatch=monkeypatch) == ExitCode.PROMOTED


def test_each_assertion_that_fails_is_a_sentence_and_the_exit_code_is_1(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ("--assert", "outcome == promoted", "--assert", "weight == 0", "--assert", "weight == 50 ever")
    assert pithead("replay", recording, *args, monkeypatch=monkeypatch) == ExitCode.ASSERTION_FAILED
    said = capsys.readouterr().err
    assert "does not hold: outcome == promoted; outcome was rolled_back" in said
    assert "does not hold: weight == 50 ever" in said
    assert "1 of 3 assertions hold" in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--at", "noonish", "--print"), "--at: `noonish` is no time"),
        (
            ("--at", "23:59", "--print"),
            "--at: `23:59` is not in this recording, which goes from 08:53:20Z to",
        ),
        (("--assert", "weight = 3"), "column 8 of the claim"),
    ],
)
def test_what_can_not_be_is_a_sentence(
    args: tuple[str, ...],
    words: str,
    recording: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert pithead("replay", recording, *args, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_a_recording_is_never_written(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = recording.read_bytes(), recording.stat().st_mtime_ns
    pithead("replay", recording, "--print", "--assert", "weight == 0", monkeypatch=monkeypatch)
    assert (recording.read_bytes(), recording.stat().st_mtime_ns) == before
