"""A demo's releases lie apart: no command takes one for a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.host.laboratory import living
from console.host.places import (
    journal_of,
    kept_mark_of,
    lab_releases_folder,
    laboratory_lock_of,
    releases_folder,
)
from console.host.runs import run_in
from console.release import events as ev
from console.release.events import Outcome
from screens.commands import resume
from screens.commands.attach import running_one
from tests.cli.shelf import begun, ended, kept, refused, typed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    return tmp_path


def demo(name: str, *, over: bool = False) -> Path:
    """Put a demo's release on its own shelf."""
    real = kept(name, ended() if over else begun())
    lab_releases_folder().mkdir(parents=True, exist_ok=True)
    return real.rename(lab_releases_folder() / name)


def test_runs_lists_real_ones_unless_the_demo_s_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("real-1", ended())
    demo("demo-1", over=True)
    typed("runs", monkeypatch=monkeypatch)
    assert "demo-1" not in capsys.readouterr().out
    typed("runs", "--lab", monkeypatch=monkeypatch)
    out = capsys.readouterr().out
    assert "demo-1" in out
    assert "real-1" not in out


def test_without_a_demo_s_release_the_demo_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed("runs", "--lab", monkeypatch=monkeypatch)
    told = capsys.readouterr().err
    assert told == f"there is no demo's release in {lab_releases_folder()}; start one: pithead demo\n"


def test_resume_all_starts_none_of_the_demo_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "start_worker", lambda *_: pytest.fail("started"))
    demo("demo-1")
    assert typed("resume", "--all", "--older-than", "9000d", monkeypatch=monkeypatch) == ExitCode.PROMOTED


def test_one_whose_laboratory_is_gone_is_ended_on_record_when_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = demo("demo-1")
    typed("runs", "--lab", monkeypatch=monkeypatch)
    assert "laboratory closed" in capsys.readouterr().out
    end = run_in(folder).ended
    assert end is not None
    assert end.outcome is Outcome.CLOSED
    assert typed("verify", "demo-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED


def test_one_whose_laboratory_lives_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = demo("demo-1")
    with living(laboratory_lock_of(folder)):
        typed("runs", "--lab", monkeypatch=monkeypatch)
    assert run_in(folder).ended is None


def test_attach_means_the_kept_laboratory_where_no_real_release_goes_on() -> None:
    kept("real-1", ended())
    folder = demo("demo-1")
    kept_mark_of(folder).touch()
    with living(laboratory_lock_of(folder)):
        assert running_one() == folder
        kept("real-2", begun())
        assert running_one() == releases_folder() / "real-2"


def test_what_was_refused_or_has_ended_is_no_rival_of_a_demo_on_its_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("real-1", ended())
    kept("real-2", refused())
    folder = demo("demo-1")
    with living(laboratory_lock_of(folder)):
        assert typed("status", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
        assert "10% to v2" in capsys.readouterr().out
        with living(laboratory_lock_of(demo("demo-2"))):
            assert typed("status", monkeypatch=monkeypatch) == ExitCode.USAGE
            assert "2 laboratories run: name one" in capsys.readouterr().err
    demo("demo-3", over=True)
    assert typed("status", monkeypatch=monkeypatch) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "no release is running: name one" in said
    assert "releases of the demo lie apart, 3 of them: pithead runs --lab" in said


@pytest.mark.parametrize("real", [False, True])
def test_runs_says_that_the_demo_s_lie_apart(
    real: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    demo("demo-1", over=True)
    if real:
        kept("real-1", ended())
    typed("runs", monkeypatch=monkeypatch)
    assert "releases of the demo lie apart, 1 of them: pithead runs --lab" in capsys.readouterr().err


def test_a_demo_that_was_rolled_back_stays_so_when_its_laboratory_is_gone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = begun()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    lab_releases_folder().mkdir(parents=True, exist_ok=True)
    _ = kept("demo-1", story).rename(lab_releases_folder() / "demo-1")
    typed("runs", "--lab", monkeypatch=monkeypatch)
    assert "rolled back, laboratory closed" in capsys.readouterr().out
    assert typed("status", "demo-1", monkeypatch=monkeypatch) == ExitCode.ROLLED_BACK_BY_GUARD
    assert "ROLLED BACK  because v2 failed" in capsys.readouterr().out


def test_a_demo_s_release_is_meant_by_its_whole_name_and_is_forgotten_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept("real-1", begun())
    folder = demo("demo-1", over=True)
    assert typed("status", "real-1", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
    assert typed("status", "demo-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert typed("forget", "demo-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert not journal_of(folder).exists()


def test_prune_takes_the_demo_s_only_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = demo("demo-1", over=True)
    typed("runs", "--prune", "1d", "--yes", monkeypatch=monkeypatch)
    assert folder.exists()
    typed("runs", "--lab", "--prune", "1d", "--yes", monkeypatch=monkeypatch)
    assert not folder.exists()


def test_end_without_a_kept_laboratory_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("demo", "--end", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert "no laboratory is kept running" in capsys.readouterr().err
