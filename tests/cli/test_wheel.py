from __future__ import annotations

import sys

import click
import pytest

from console.cluster.holder import Holder
from console.errors import UsageError
from console.host.order import Reach, TakeOver
from console.worker import connect
from screens.takeover import Wish, asked_to_take_over
from tests.releases import plan

BOB = Holder(identity="bob@laptop/checkout-9/0b", held_s=720.0, renewed_s=3.0)


def asked(wish: Wish) -> TakeOver | None:
    return asked_to_take_over(wish, plan(), Reach())


@pytest.fixture
def bob_drives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(connect, "lease_holder", lambda _plan, _reach: BOB)


def test_a_run_takes_nothing_over_unless_it_is_told_to() -> None:
    assert asked(Wish()) is None


def test_a_pipeline_must_say_why() -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        asked(Wish(take_over=True, yes=True))
    assert asked(Wish(take_over=True, yes=True, reason="stuck")) == TakeOver(reason="stuck")


def test_without_a_person_or_a_yes_nothing_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="nobody is here"):
        asked(Wish(take_over=True))


def test_a_lease_cannot_be_both_taken_and_waived() -> None:
    with pytest.raises(UsageError, match="wants none"):
        asked(Wish(take_over=True, no_lease=True))


@pytest.mark.usefixtures("bob_drives")
def test_a_person_sees_who_drives_and_takes_over_from_them_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(click, "confirm", lambda *_a, **_k: True)
    monkeypatch.setattr(click, "prompt", lambda *_a, **_k: "on a plane")
    assert asked(Wish(take_over=True)) == TakeOver(reason="on a plane", holder=BOB.identity)
    assert "bob@laptop for the release checkout-9 for 12m, renewed 3s ago" in capsys.readouterr().err


@pytest.mark.usefixtures("bob_drives")
def test_where_nobody_drives_there_is_nothing_to_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "lease_holder", lambda _plan, _reach: None)
    assert asked(Wish(take_over=True)) is None
