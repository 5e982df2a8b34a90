"""Releases are removed from this host by name or by age, and never one that somebody still needs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.host.order import Order, Reach, write_order
from console.host.places import forgotten_file, journal_of, order_of, releases_folder
from console.release import events as ev
from tests.cli.shelf import begun, ended, kept, typed, working
from tests.releases import ANA, PREFLIGHT, Story, plan

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400.0
REFUSED = ev.ReleaseEnded(outcome=ev.Outcome.REFUSED, exit_code=3, reason="no Prometheus")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    return tmp_path


def refused(*, at: float) -> Story:
    """A release that never touched the router."""
    story = Story(plan(), at=at)
    story.tell(PREFLIGHT, REFUSED)
    return story


def names() -> list[str]:
    """The releases that are there."""
    return sorted(folder.name for folder in releases_folder().iterdir())


def test_a_release_that_has_ended_is_removed_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("checkout-1", ended())
    kept("checkout-2", ended())
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert names() == ["checkout-2"]
    assert capsys.readouterr().out.startswith("removed checkout-1: promoted, ")


def test_one_line_of_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    kept("checkout-1", ended())
    typed("forget", "checkout-1", "--reason", "a trial", monkeypatch=monkeypatch)
    (line,) = forgotten_file().read_text().splitlines()
    told = json.loads(line)
    assert (told["release"], told["state"], told["reason"]) == ("checkout-1", "promoted", "a trial")


def test_a_live_release_is_never_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = begun()
    with working(kept("checkout-1", story), story):
        why = ("--yes", "--reason", "no matter")
        assert typed("forget", "checkout-1", *why, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "is driven by process" in capsys.readouterr().err
    assert names() == ["checkout-1"]


def test_one_that_moved_traffic_and_has_not_ended_goes_with_a_reason_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("checkout-1", begun())
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert (
        "has moved traffic and has not ended, and the router was last seen at 10%" in capsys.readouterr().err
    )
    assert typed("forget", "checkout-1", "--yes", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "--yes needs a reason" in capsys.readouterr().err
    assert names() == ["checkout-1"]
    why = ("--yes", "--reason", "mended by hand")
    assert typed("forget", "checkout-1", *why, monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert names() == []


def test_one_whose_journal_can_not_be_read_may_not_have_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journal_of(kept("checkout-1", begun())).write_text("{}\n")
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "may not have ended" in err
    assert "pithead rollback checkout-1" in err
    assert "resume" not in err


def test_one_that_died_before_its_first_record_simply_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    (releases_folder() / "checkout-1").mkdir(parents=True)
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert names() == []


def test_the_ghost_of_a_laboratory_that_is_gone_simply_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = Reach(kubeconfig=str(tmp_path / "pithead-lab-x1y2" / "kubeconfig"))
    order = Order(release="checkout-1", plan=plan(), reach=reach, person=ANA, attended=True)
    write_order(order_of(kept("checkout-1", begun())), order)
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert names() == []


@pytest.mark.parametrize("name", ["..", ".", "", "nobody", "../releases", "checkout"])
def test_a_name_that_is_no_release_removes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept("checkout-1", ended())
    assert typed("forget", name, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert names() == ["checkout-1"]


def test_nothing_that_a_link_leads_to_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    kept("checkout-1", ended()).rename(elsewhere)
    (releases_folder() / "checkout-1").symlink_to(elsewhere)
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert journal_of(elsewhere).exists()
    assert "is a link, and is not followed" in capsys.readouterr().err


def test_where_nothing_can_be_noted_nothing_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept("checkout-1", ended())
    forgotten_file().mkdir()
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert names() == ["checkout-1"]


def test_a_person_who_may_only_look_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kept("checkout-1", ended())
    monkeypatch.setenv("PITHEAD_READ_ONLY", "1")
    assert typed("forget", "checkout-1", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert typed("runs", "--prune", "1d", "--yes", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert names() == ["checkout-1"]


def old_and_new() -> None:
    """Releases of every fate, long ago and today."""
    now = time.time()
    kept("promoted-old", ended(at=now - 40 * DAY_S))
    kept("refused-old", refused(at=now - 40 * DAY_S))
    kept("promoted-new", ended(at=now - DAY_S))
    kept("refused-new", refused(at=now - DAY_S))
    kept("dead-old", begun(at=now - 40 * DAY_S))


def test_prune_lists_first_and_removes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old_and_new()
    assert typed("runs", "--prune", "30d", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    told = capsys.readouterr()
    assert sorted(line.split()[0] for line in told.out.splitlines()[1:]) == ["promoted-old", "refused-old"]
    assert "2 releases, " in told.err
    assert "nothing was removed; --yes removes them" in told.err
    assert len(names()) == 5


def test_prune_with_yes_removes_what_ended_long_ago_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old_and_new()
    assert typed("runs", "--prune", "30d", "--yes", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert names() == ["dead-old", "promoted-new", "refused-new"]
    assert "removed 2 releases, " in capsys.readouterr().err
    assert len(forgotten_file().read_text().splitlines()) == 2


def test_prune_leaves_one_that_a_worker_still_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = ended(at=time.time() - 40 * DAY_S)
    with working(kept("checkout-1", story), story):
        assert typed("runs", "--prune", "30d", "--yes", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert names() == ["checkout-1"]
    assert "nothing ended so long ago" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--prune", "30"), ("--prune", "soon"), ("--yes",)])
def test_an_age_that_is_none_is_a_sentence(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("checkout-1", ended())
    assert typed("runs", *words, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert capsys.readouterr().err
    assert names() == ["checkout-1"]
