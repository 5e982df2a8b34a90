"""Status, runs, stop and attach: what a person types about releases, and what they are told."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.command import ANSWERABLE, Command
from console.errors import ExitCode
from console.evidence import Pods
from console.host.places import journal_of, releases_folder
from console.policy.headline import Line, Tone
from console.policy.permit import want_of_reason
from console.release import events as ev
from console.release.carried import packed
from screens import watch
from screens.commands import attach
from tests.cli.shelf import begun, ended, kept, typed, working
from tests.releases import Story, counts, sample

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
ROLLED_BACK = (
    ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana asked for it"),
    ev.WeightRequested(number=2, weight=0),
    ev.WriteFailed(number=2, trouble="no route to host"),
    ev.WeightRequested(number=3, weight=0),
    ev.WeightConfirmed(number=3, weight=0, took_ms=4.0),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def _on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `attach` find one: without it nothing else is looked at."""
    monkeypatch.setattr(attach, "refuse_without_terminal", lambda _hint: None)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What `attach` would have shown, in place of a screen."""
    shown: list[tuple[str, bool]] = []

    def show(folder: Path, *, read_only: bool = False) -> int:
        shown.append((folder.name, read_only))
        return 0

    monkeypatch.setattr(watch, "watch", show)
    return shown


def test_status_says_stage_weight_and_why(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    story = begun()
    with working(kept("checkout-1", story), story):
        assert typed("status", "checkout-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    out = capsys.readouterr().out
    for words in ("by ana@bastion", "1 of 2", "10% to v2", "GOING WELL", "alive, process"):
        assert words in out


def test_status_breaks_between_words_on_a_terminal_and_nowhere_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", begun())
    monkeypatch.setenv("COLUMNS", "50")
    typed("status", monkeypatch=monkeypatch)
    whole = capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    typed("status", monkeypatch=monkeypatch)
    broken = capsys.readouterr().out
    assert max(len(line) for line in whole.splitlines()) > 50
    assert max(len(line) for line in broken.splitlines()) <= 50
    assert broken.split() == whole.split()


def test_status_says_where_the_record_lacks_its_beginning(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = begun()
    story.tell(ev.JournalRestored(trouble="its file was cut", lost=28, state=packed(story.release)))
    kept("checkout-1", story)
    assert typed("status", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
    assert "was cut while the release ran: records up to 28 are lost" in capsys.readouterr().out


def test_status_of_a_worker_whose_journal_is_silent_is_what_the_worker_says(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        worker.verdict = Line(tone=Tone.ALARM, word="HOLDING", text="the journal can't be written: disk full")
        assert typed("status", "checkout-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert "HOLDING  the journal can't be written: disk full" in capsys.readouterr().out


def test_status_of_a_dead_worker_says_since_when_and_the_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", begun())
    assert typed("status", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
    out = capsys.readouterr().out
    assert "DEAD since 2026-09-21 14:13:23Z" in out
    assert "WORKER DEAD  since 14:13:23Z; the weight stays at 10% and nothing watches" in out
    assert "GOING WELL" not in out
    assert "pithead resume checkout-1" in out


def test_status_of_an_ended_release_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", ended())
    assert typed("status", "checkout-1", "--json", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    told = json.loads(capsys.readouterr().out)
    assert (told["phase"], told["outcome"], told["worker"], told["worker_dead"]) == (
        "ended",
        "promoted",
        None,
        False,
    )
    assert told["age_s"] == 8.0


def test_runs_has_a_row_for_each_also_for_a_broken_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", ended())
    kept("checkout-2", begun())
    with journal_of(kept("checkout-3", begun())).open("ab") as journal:
        journal.write(b"\x1b[31mno record\n")
    journal_of(kept("checkout-4", begun())).write_bytes(b"")
    changed = journal_of(kept("checkout-5", begun()))
    changed.write_bytes(changed.read_bytes().replace(b'"took_ms":', b'"took_ms":1'))
    assert typed("runs", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    head, *rows = capsys.readouterr().out.splitlines()
    states = {row.split()[0]: row for row in rows}
    assert head.split() == ["RELEASE", "STATE", "BEGAN", "TOOK", "BY"]
    assert "promoted" in states["checkout-1"]
    assert "ana@bastion" in states["checkout-1"]
    assert "00:08" in states["checkout-1"]
    assert "WORKER DEAD at 10%" in states["checkout-2"]
    assert "BROKEN: " in states["checkout-3"]
    assert "\x1b" not in states["checkout-3"]
    assert "BROKEN: its worker died before the first record" in states["checkout-4"]
    assert "BROKEN: lines are not as they were written" in states["checkout-5"]


def test_runs_calls_rolled_back_what_an_older_journal_calls_held(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = begun()
    story.tell(ev.RollbackDecided(cause=ev.Cause.PATIENCE, reason="the patience ended"))
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.HELD, exit_code=13, reason="the patience ended"))
    kept("checkout-1", story)
    typed("runs", monkeypatch=monkeypatch)
    assert "rolled back" in capsys.readouterr().out


def test_runs_in_json_for_programs(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    kept("checkout-1", ended())
    assert typed("runs", "--json", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    (run,) = json.loads(capsys.readouterr().out)
    assert (run["release"], run["outcome"], run["took_s"]) == ("checkout-1", "promoted", 8.0)


def test_runs_without_any_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert typed("runs", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert "pithead run PLAN" in capsys.readouterr().err


def test_a_hold_reaches_the_worker_with_its_reason(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        done = typed("stop", "checkout-1", "--hold", "--reason", "lunch", monkeypatch=monkeypatch)
        again = typed("stop", "checkout-1", "--hold", monkeypatch=monkeypatch)
    assert (done, again) == (ExitCode.PROMOTED, ExitCode.PROMOTED)
    ask, _again = worker.asks
    assert (ask.command, ask.reason, ask.read_only) == (Command.PAUSE, "lunch", False)
    assert capsys.readouterr().out.count("HOLDING: paused by ") == 2


def test_a_rollback_is_waited_for_and_its_attempts_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = begun()
    with working(kept("checkout-1", story), story, then=lambda _ask: ROLLED_BACK):
        assert typed("stop", "checkout-1", "--rollback", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    out = capsys.readouterr().out
    assert "ROLLED BACK: all traffic on v1" in out
    assert "2 attempts" in out


def test_a_rollback_that_is_not_confirmed_in_time_is_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = begun()
    with working(kept("checkout-1", story), story, then=lambda _ask: ROLLED_BACK[:3]):
        code = typed("stop", "checkout-1", "--rollback", "--wait", "0", monkeypatch=monkeypatch)
    assert code == ExitCode.ROLLBACK_NOT_CONFIRMED
    err = capsys.readouterr().err
    assert "NOT CONFIRMED, attempt 1" in err
    assert "no route to host" in err


def test_a_dead_worker_can_not_be_held_and_what_helps_is_offered(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", begun())
    assert typed("stop", "checkout-1", "--hold", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
    err = capsys.readouterr().err
    assert "pithead resume checkout-1" in err
    assert "pithead rollback checkout-1" in err


def test_a_refusal_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        release = replace(story.release, plan=replace(story.release.plan, reasons=ANSWERABLE))
        worker.refuses = want_of_reason(release, Command.PAUSE, reason="")
        assert typed("stop", "checkout-1", "--hold", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "--reason says it" in capsys.readouterr().err


def test_who_may_only_look_says_so_to_the_worker(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("PITHEAD_READ_ONLY", "1")
    story = begun()
    with working(kept("checkout-1", story), story) as worker:
        worker.refuses = "it is read-only"
        assert typed("stop", "checkout-1", "--rollback", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert [ask.read_only for ask in worker.asks] == [True]
    assert "read-only" in capsys.readouterr().err


def test_who_may_only_look_starts_nothing(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("PITHEAD_READ_ONLY", "1")
    assert typed("run", "plan.yaml", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "PITHEAD_READ_ONLY" in capsys.readouterr().err


def test_attach_takes_the_one_that_runs(
    monkeypatch: pytest.MonkeyPatch, watched: list[tuple[str, bool]]
) -> None:
    story = begun()
    kept("cart-1", begun())
    kept("cart-2", ended())
    with working(kept("checkout-1", story), story):
        assert typed("attach", monkeypatch=monkeypatch) == 0
    assert watched == [("checkout-1", False)]


def test_attach_lists_those_to_choose_from(
    monkeypatch: pytest.MonkeyPatch, watched: list[tuple[str, bool]], capsys: Captured
) -> None:
    for name in ("cart-1", "cart-2"):
        kept(name, begun())
    kept("cart-3", ended())
    assert typed("attach", monkeypatch=monkeypatch) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "2 releases have not ended: name one" in err
    assert "cart-1" in err
    assert "cart-3" not in err
    assert watched == []


@pytest.mark.parametrize("name", ["check", "checkout-1"])
def test_the_beginning_of_a_name_is_enough_where_only_one_has_it(
    name: str, monkeypatch: pytest.MonkeyPatch, watched: list[tuple[str, bool]]
) -> None:
    kept("checkout-1", ended())
    kept("cart-1", ended())
    assert typed("attach", name, "--read-only", monkeypatch=monkeypatch) == 0
    assert watched == [("checkout-1", True)]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("attach", "cart"), "there is no release `cart`\n         name one: cart-"),
        (("attach", "chekout-1"), "did you mean checkout-1?"),
        (("status", "\x1b[31m"), "there is no release `\\x1b[31m`"),
        (("stop", "checkout-1"), "--hold stops the clock, --rollback goes back to stable"),
        (("stop", "checkout-1", "--hold", "--rollback"), "say how to stop it"),
        (("stop", "checkout-1", "--hold"), "checkout-1 has ended: PROMOTED"),
        (("stop",), "Missing argument"),
        (("status", ""), "there is no release ``"),
    ],
)
def test_a_name_that_does_not_fit_is_a_sentence_with_a_mend(
    args: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", ended())
    for name in ("cart-1", "cart-2"):
        kept(name, ended())
    assert typed(*args, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", [("runs",), ("attach",), ("status",), ("stop", "x", "--hold")])
def test_a_home_that_may_not_be_read_is_a_sentence(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", ended())

    def deny(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", deny)
    assert typed(*command, monkeypatch=monkeypatch) == ExitCode.USAGE
    said = capsys.readouterr().err  # of the home's own releases, or of its laboratory's
    assert f"pithead: {releases_folder().parent}/" in said
    assert "/releases can't be read: Permission denied" in said


def test_a_journal_that_is_being_written_is_read_up_to_its_last_whole_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = begun()
    folder = kept("checkout-1", story)
    with working(folder, story):
        with journal_of(folder).open("ab") as journal:
            journal.write(b'{"n":9,"at":17900')
        assert typed("status", "checkout-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert "alive" in capsys.readouterr().out


BACK = (
    ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana asked for it"),
    ev.WeightRequested(number=2, weight=0),
    ev.WeightConfirmed(number=2, weight=0, took_ms=4.0),
)


def without_stable() -> Story:
    """A release at 10% whose stable version has no ready pod."""
    story = begun()
    seen = sample(canary=counts(100))
    story.ticks([replace(seen, stable=replace(seen.stable, pods=Pods(desired=2, ready=0)))])
    assert story.release.stable_is_gone
    return story


class Typing(io.StringIO):
    """A terminal at which somebody has typed this."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "asked"), [("n\n", 0), ("y\n", 1)])
def test_a_person_is_asked_before_a_rollback_to_no_pods(
    answer: str, asked: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = without_stable()
    with working(kept("checkout-1", story), story, then=lambda _ask: BACK) as worker:
        monkeypatch.setattr("sys.stdin", Typing(answer))
        code = typed("rollback", "checkout-1", monkeypatch=monkeypatch)
    assert len(worker.asks) == asked
    assert code == (ExitCode.PROMOTED if asked else ExitCode.USAGE)
    assert "stable has 0 READY PODS" in capsys.readouterr().err


def test_stop_with_yes_asks_nothing_either(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    story = without_stable()
    with working(kept("checkout-1", story), story, then=lambda _ask: BACK) as worker:
        monkeypatch.setattr("sys.stdin", Typing("n\n"))
        code = typed("stop", "checkout-1", "--rollback", "--yes", monkeypatch=monkeypatch)
    assert (code, len(worker.asks)) == (ExitCode.PROMOTED, 1)
    assert "stable has 0 READY PODS" in capsys.readouterr().err


def test_a_release_without_its_journal_is_not_resumed_and_the_way_back_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    folder = kept("checkout-1", begun())
    journal_of(folder).unlink()
    (folder / "order.json").write_text("{}")
    code = typed("resume", "checkout-1", "--headless", monkeypatch=monkeypatch)
    assert code == ExitCode.USAGE
    assert "pithead rollback checkout-1" in capsys.readouterr().err


def test_a_dead_release_without_its_order_is_told_the_way_by_the_route(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("checkout-1", begun())
    assert typed("rollback", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "pithead rollback --route ROUTER:NAMESPACE/NAME" in capsys.readouterr().err


def test_resume_all_names_what_it_can_not_read_and_else_says_that_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept("cart-1", ended())
    assert typed("resume", "--all", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert "no release of this host has lost its worker" in capsys.readouterr().err
    journal_of(kept("checkout-1", begun())).write_bytes(b"\x00" * 300)
    assert typed("resume", "--all", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("checkout-1: left alone: ")
    assert "pithead rollback checkout-1" in line


@pytest.mark.parametrize(
    "command", [("rollback", "checkout"), ("undo", "checkout"), ("rollback",), ("undo",)]
)
def test_without_a_record_the_way_back_by_the_route_is_named(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert typed(*command, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "pithead rollback --route ROUTER:NAMESPACE/NAME" in capsys.readouterr().err


@pytest.mark.parametrize(("stdin", "words"), [(Typing("n\n"), ["--yes"]), (io.StringIO(""), [])])
def test_with_yes_or_without_a_terminal_it_goes_and_says_so(
    stdin: io.StringIO, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    story = without_stable()
    with working(kept("checkout-1", story), story, then=lambda _ask: BACK) as worker:
        monkeypatch.setattr("sys.stdin", stdin)
        assert typed("rollback", "checkout-1", *words, monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert len(worker.asks) == 1
    assert "stable has 0 READY PODS" in capsys.readouterr().err
