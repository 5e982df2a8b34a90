"""Which release a short name means: to a command that can move traffic, and to one that only reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from console.errors import UsageError
from screens.commands.found import named, named_to_read
from tests.cli.shelf import begun, ended, kept, typed, working

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
OLD, NEW = "checkout-20260101-100000", "checkout-20260102-100000"
OTHER = "checkout-admin-20260102-110000"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))


def test_a_service_never_means_a_service_whose_name_is_longer() -> None:
    """Of `checkout`, which ended, and `checkout-admin`, which runs, the second is nobody's `checkout`."""
    kept(OLD, ended())
    story = begun()
    with working(kept(OTHER, story), story):
        assert named("checkout").name == OLD
        assert named("checkout-admin").name == OTHER


def test_a_rollback_of_a_service_reaches_no_worker_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    kept(OLD, ended())
    story = begun()
    with working(kept(OTHER, story), story) as worker:
        assert typed("stop", "checkout", "--rollback", monkeypatch=monkeypatch) != 0
    assert worker.asks == []


def test_a_name_that_ends_within_a_service_is_refused_with_those_that_begin_so() -> None:
    kept(OTHER, begun())
    with pytest.raises(UsageError, match="there is no release `checkout`") as caught:
        named("checkout")
    assert OTHER in caught.value.hint


@pytest.mark.parametrize("short", ["checkout-2026", "checkout-20260102", NEW])
def test_a_name_cut_short_behind_its_service_is_enough_where_it_is_one_release(short: str) -> None:
    kept(NEW, begun())
    kept(OTHER, begun())
    assert named(short).name == NEW


def test_of_a_services_releases_the_newest_is_meant_where_it_alone_has_not_ended() -> None:
    kept(NEW, begun())
    kept(OLD, ended())
    assert named("checkout").name == NEW


def test_nothing_is_guessed_where_the_one_that_has_not_ended_is_not_the_newest() -> None:
    """Who types `checkout` behind a promotion means that one, not a dead one of yesterday."""
    story = begun()
    with working(kept(OLD, story), story):
        kept(NEW, ended())
        with pytest.raises(UsageError, match="is 2 releases, 1 of them not ended") as caught:
            named("checkout")
    assert caught.value.hint == f"name one: {OLD}"


@pytest.mark.parametrize("made", [begun, ended])
def test_nothing_is_guessed_where_several_have_not_ended_or_all_have(made: object) -> None:
    assert callable(made)
    kept(OLD, made())
    kept(NEW, made())
    with pytest.raises(UsageError) as caught:
        named("checkout")
    assert caught.value.hint == f"name one: {NEW}, {OLD}"


def test_a_command_that_reads_takes_the_newest_and_says_which(capsys: Captured) -> None:
    kept(NEW, ended())
    kept(OLD, ended())
    assert named_to_read("checkout").name == NEW
    assert f"{NEW}, the newest of 2" in capsys.readouterr().err


def test_a_command_that_reads_takes_the_one_that_runs_and_says_which(capsys: Captured) -> None:
    story = begun()
    with working(kept(OLD, story), story):
        kept(NEW, ended())
        assert named_to_read("check").name == OLD
    assert f"{OLD}, the one that runs of 2" in capsys.readouterr().err


def test_two_of_one_second_are_told_apart_by_their_number() -> None:
    kept(f"{NEW}-10", begun())
    kept(f"{NEW}-9", ended())
    kept(NEW, ended())
    assert named("checkout").name == f"{NEW}-10"
    assert named(NEW).name == NEW


def test_a_release_of_another_user_is_read_which_is_said_and_moves_no_traffic(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    kept(OLD, begun())
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert named_to_read(OLD).name == OLD
    assert capsys.readouterr().err == f"pithead: {OLD} belongs to another user: it is only read\n"
    with pytest.raises(UsageError, match=f"{OLD} belongs to another user, and is not acted on"):
        named(OLD)
