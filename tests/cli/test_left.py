"""What is said once a screen is left: the end at words, a command a line, and as it can be typed here."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.evidence import Counts
from console.host.places import lab_releases_folder, releases_folder
from console.release import events as ev
from screens import demo, left, watch
from tests.cli.shelf import begun
from tests.releases import counts, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from console.release.state import Release

WHY = "v2's error rate was 5.98% for 3s, v1's 0.27% (at most 3pp more is allowed)"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.argv", [".venv/bin/pithead"])
    return tmp_path


def taken_back() -> Release:
    story = begun()
    story.ticks([sample(canary=counts(100, errors=1))])
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason=WHY))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    story.ticks([sample(counts(1000), Counts())] * 2)
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=10, reason=WHY))
    return story.release


def test_an_end_breaks_at_words_and_names_a_command_a_line_as_it_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    left.say_end(taken_back())
    head, *lines = capsys.readouterr().err.splitlines()
    assert head.startswith("ROLLED BACK  ")
    assert all(len(line) <= 50 for line in lines[:-2])
    assert f"because {WHY} · all traffic on v1" in " ".join(line.strip() for line in lines)
    assert "1 request failed on v2" in " ".join(line.strip() for line in lines)
    assert [line.split()[:2] for line in lines[-2:]] == [
        [".venv/bin/pithead", "report"],
        [".venv/bin/pithead", "replay"],
    ]


def test_a_screen_of_a_kept_laboratory_says_how_it_ends_and_a_real_one_s_does_not() -> None:
    assert "pithead demo --end" in left.goes_on(lab_releases_folder() / "checkout-1")
    real = left.goes_on(releases_folder() / "checkout-1").splitlines()
    assert real[1:] == ["come back with:  .venv/bin/pithead attach checkout-1"]


@pytest.mark.parametrize("kept_running", [True, False])
def test_one_who_comes_back_to_an_end_hears_that_its_kept_laboratory_runs_on(
    kept_running: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = lab_releases_folder() / "checkout-1"
    monkeypatch.setattr(watch, "show", lambda *_, **__: ExitCode.ROLLED_BACK_BY_GUARD)
    monkeypatch.setattr(watch, "kept_laboratories", lambda: [folder] if kept_running else [])
    assert watch.watch(folder) == ExitCode.ROLLED_BACK_BY_GUARD
    assert ("end it with:     .venv/bin/pithead demo --end" in capsys.readouterr().err) is kept_running


class Kept:
    """A demo's screen that was left with k, after its release had ended."""

    kept = True

    def __init__(self, *_: object) -> None:
        self.stays = False

    def keep(self) -> None:
        self.stays = True


@pytest.mark.parametrize(("code", "said"), [(ExitCode.ROLLED_BACK_BY_GUARD, True), (ExitCode.LEFT, False)])
def test_a_laboratory_that_is_kept_behind_an_end_is_said_to_run_on(
    code: ExitCode,
    said: bool,  # noqa: FBT001 - a case
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @contextmanager
    def given(*_: object) -> Iterator[object]:
        yield home if not _[1:] else lab

    lab = Kept()
    monkeypatch.setattr(demo, "_release_folder", given)
    monkeypatch.setattr(demo, "_building", given)
    monkeypatch.setattr("screens.demo_app.DemoApp", Kept)
    monkeypatch.setattr("screens.watch.show", lambda *_, **__: code)
    demo.run_on_screen(demo.Laboratory(scenario="errors"), plan_file=None)
    assert lab.stays
    err = capsys.readouterr().err
    assert ("the laboratory runs on\nend it with:     .venv/bin/pithead demo --end" in err) is said
