"""A reason beyond measure, and a host that takes no folder: neither keeps a rollback from its worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from console.command import LONGEST_REASON
from console.errors import ExitCode, UsageError
from console.host.order import Order, Reach, write_order
from console.host.places import order_of
from console.release import events as ev
from console.worker.opening import opening
from screens.commands import new_worker
from tests.cli.shelf import begun, ended, kept, typed, working
from tests.releases import ANA, plan

if TYPE_CHECKING:
    from pathlib import Path

NAME = "checkout-20260101-100000"
HUGE = "why " * 25_000
KEPT = f"the reason has {len(HUGE):,} characters; {LONGEST_REASON} are kept"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))


def order(*, leased: bool = True, reason: str = "", first: Literal["", "rollback"] = "") -> Order:
    return Order(
        release="checkout-1",
        plan=plan(),
        reach=Reach(),
        person=ANA,
        attended=True,
        leased=leased,
        reason=reason,
        first=first,
    )


def test_a_reason_of_100_kb_is_cut_which_is_said_and_reaches_the_worker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = begun()
    with working(kept(NAME, story), story) as worker:
        typed("stop", NAME, "--hold", "--reason", HUGE, monkeypatch=monkeypatch)
    (ask,) = worker.asks
    assert ask.reason == HUGE[:LONGEST_REASON]
    assert KEPT in capsys.readouterr().err


def test_a_reason_of_an_order_is_bounded_on_record_whoever_wrote_it() -> None:
    events = list(opening(order(leased=False, reason=HUGE, first="rollback"), cluster="lab", leased=False))
    reasons = [event.reason for event in events if isinstance(event, ev.LeaseWaived | ev.RollbackAsked)]
    assert len(reasons) == 2
    assert all(0 < len(reason) < 2 * LONGEST_REASON for reason in reasons)


def test_an_undo_goes_by_memory_where_no_folder_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = kept("checkout-1", ended())
    write_order(order_of(folder), order())
    driven: list[Order] = []
    said: list[str] = []

    def drive(order: Order, folder: Path, *, until: float, words: tuple[str, ...]) -> int:
        assert until > 0
        assert not folder.exists()
        driven.append(order)
        said.extend(words)
        return ExitCode.PROMOTED

    def no_folder(*_: object, **__: object) -> Path:
        raise UsageError("no folder can be made in /x: Read-only file system")

    monkeypatch.setattr(new_worker, "driven", drive)
    monkeypatch.setattr(new_worker, "new_release_folder", no_folder)
    assert typed("undo", "checkout-1", "--reason", "it fails", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    (one,) = driven
    assert (one.undoes, one.first, one.reason) == ("checkout-1", "rollback", "it fails")
    assert "this rollback will not be on record" in said[0]
