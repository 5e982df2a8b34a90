"""The recordings that ship: whole, and each with the end that its scenario has."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.lab.scenarios import SCENARIOS
from console.replay.recording import open_recording
from screens.commands.samples import sample_names, sample_path
from tests.cli.test_cli import pithead
from tests.recordings.__main__ import JUDGED

ENDS = {
    "healthy": ("outcome == promoted", "always verdict(error_rate) == healthy between stage 3 and end"),
    "errors": ("outcome == rolled_back", "verdict(error_rate) == breach before end", "never weight > 25"),
    "grpc": ("outcome == rolled_back", "verdict(error_rate) == breach before end", "never weight > 25"),
    "unanswered": ("outcome == rolled_back", "verdict(error_rate) == breach before end", "never weight > 25"),
    "latency": ("outcome == rolled_back", "verdict(p99) == breach before end", "never weight > 25"),
    "crash": ("outcome == rolled_back", "verdict(crash_loops) == breach before end"),
    "flapping": ("outcome == rolled_back", "never weight == 100"),
    "outage": ("outcome == promoted", "verdict(error_rate) == breach ever", "never phase == rolling_back"),
    "drop": ("outcome == rolled_back", "weight == 0", "never weight == 100"),
    "quiet": ("outcome == held", "never weight > 10", "verdict(error_rate) == insufficient at end"),
    "blind": ("outcome == held", "verdict(error_rate) == blind", "weight == 0"),
    JUDGED: ("outcome == rolled_back", "weight == 0", "never weight == 100"),
}


def test_each_scenario_has_its_recording_and_one_more_shows_the_judge() -> None:
    assert set(sample_names()) == {*SCENARIOS, JUDGED} == set(ENDS)


@pytest.mark.parametrize("name", ENDS)
def test_a_sample_ends_as_its_scenario_does(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = [arg for claim in ENDS[name] for arg in ("--assert", claim)]
    assert pithead("replay", "--sample", name, *claims, monkeypatch=monkeypatch) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", ENDS)
def test_a_samples_chain_is_whole(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pithead("verify", f"sample:{name}", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.startswith("whole: ")


@pytest.mark.parametrize(
    "args",
    [
        ("report", "sample:errors", "--md"),
        ("export", "sample:errors", "--csv"),
        ("compare", "sample:errors", "sample:healthy"),
        ("what-if", "sample:errors", "--sweep", "error_rate.max_increase=1pp..5pp"),
    ],
)
def test_a_sample_is_taken_wherever_a_file_is(args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert pithead(*args, monkeypatch=monkeypatch) == 0


def test_a_packed_copy_is_the_same_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "errors"
    assert pithead("export", "sample:errors", "--packed", "-o", copy, monkeypatch=monkeypatch) == 0
    given, copied = (open_recording(str(path)) for path in (sample_path("errors"), copy))
    assert list(copied.lines()) == list(given.lines())
