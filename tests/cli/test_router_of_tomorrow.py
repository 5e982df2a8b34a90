"""A release whose router only another version of pithead knows: all is told of it, and nothing is driven."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.errors import UsageError
from console.host.order import Order, Reach, order_to_resume, order_to_roll_back, order_to_undo, write_order
from console.host.places import order_of
from console.release import events as ev
from console.worker.connect import connect
from tests.cli.shelf import PROMOTED, begun, kept, typed
from tests.releases import ANA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.releases import Story

Captured = pytest.CaptureFixture[str]
ROUTER = {"kind": "of_tomorrow", "object": "checkout", "sides": [{"name": "blue", "deep": [1.5, None]}]}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))


def story() -> Story:
    told = begun(router=ROUTER)
    opening = told.records[0]
    assert isinstance(opening.event, ev.ReleaseOpened)
    told.records[0] = replace(opening, event=replace(opening.event, pithead="9.1.0"))
    return told


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("runs",), "checkout-1"),
        (("status", "checkout-1"), "v2"),
        (("report", "checkout-1", "--md"), "v2"),
        (("compare", "checkout-1", "checkout-2"), "both went alike"),
        (("replay", "checkout-1", "--at", "end", "--print"), "v2"),
        (("verify", "checkout-1"), "whole: "),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_it_can_be_told(
    command: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    for name in ("checkout-1", "checkout-2"):
        over = story()
        over.tell(PROMOTED)
        kept(name, over)
    typed(*command, monkeypatch=monkeypatch)
    said = capsys.readouterr()
    assert says in said.out
    assert said.err == ""


def test_what_drives_it_names_the_kind_and_the_version_that_can() -> None:
    path = order_of(kept("checkout-1", story()))
    order = Order(release="checkout-1", plan=story().release.plan, reach=Reach(), person=ANA, attended=True)
    write_order(path, order)
    for give in (
        partial(order_to_roll_back, path, ANA, reason=""),
        partial(order_to_undo, path, ANA, release="checkout-2", reason=""),
        partial(order_to_resume, path, ANA),
    ):
        with pytest.raises(UsageError, match=r"checkout-1 moves a router .* not know: of_tomorrow") as caught:
            give()
        assert caught.value.hint.startswith("drive it with pithead 9.1.0, which began it")
    with pytest.raises(UsageError, match="of_tomorrow"):
        connect(order)
