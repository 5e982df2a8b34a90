"""What a person asks of a release by a word reaches its worker, or is refused in the worker's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.command import Command
from console.errors import ExitCode
from screens.commands import ASKED, SUMMARIES
from tests.cli.shelf import begun, ended, kept, typed, working

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))


def test_every_command_but_the_rollback_has_a_word_and_a_line_in_the_help() -> None:
    assert set(ASKED.values()) == {str(command) for command in Command} - {"roll_back"}
    assert set(ASKED) <= set(SUMMARIES)


@pytest.mark.parametrize("word", ASKED)
def test_a_word_reaches_the_worker_with_its_reason(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        code = typed(word, "checkout-1", "--reason", "CHG-7", monkeypatch=monkeypatch)
    assert code == (ExitCode.PROMOTED if word in ("pause", "promote") else ExitCode.USAGE)
    (ask,) = worker.asks
    assert (ask.command, ask.reason) == (Command(ASKED[word]), "CHG-7")


def test_without_a_name_it_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    kept("checkout-0", ended())
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        assert typed("pause", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert [ask.command for ask in worker.asks] == [Command.PAUSE]


def test_of_two_that_run_neither_is_guessed(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    one, other = begun(), begun()
    first, second = kept("checkout-1", one), kept("payments-1", other)
    with working(first, one) as worker, working(second, other):
        assert typed("promote", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert worker.asks == []
    assert "2 releases have not ended" in capsys.readouterr().err


def test_a_refusal_is_the_worker_s_own(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        worker.refuses = "this stage wants no approval; p promotes"
        assert typed("approve", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "approve refused: this stage wants no approval; p promotes" in capsys.readouterr().err


def test_one_that_has_ended_or_whose_worker_is_dead_is_asked_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", ended())
    kept("payments-1", begun())
    assert typed("approve", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert typed("approve", "payments-1", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
    err = capsys.readouterr().err
    assert "checkout-1 has ended: PROMOTED" in err
    assert "pithead resume payments-1" in err
