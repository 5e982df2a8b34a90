"""An order that is handed over on a socket: whose it may be, and what comes of it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.errors import ControlError, ExitCode
from console.host.early import EarlyWorker
from console.host.order import Order, Reach
from console.host.places import log_of
from console.identity import ClusterId, Resolved
from console.worker import process
from tests.processes.ground import workers_of
from tests.releases import ANA, plan, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROXY = "http://proxy.of.the.release:3128"
ORDER = Order(
    release="checkout-1",
    plan=plan(stage(10)),
    reach=Reach(
        resolved=Resolved(
            context="prod", cluster=ClusterId(), namespace="shop", environment={"HTTPS_PROXY": PROXY}
        )
    ),
    person=ANA,
    attended=True,
    first="rollback",
)
CEILING_S = 60.0


class Handing:
    """A worker's process as it sees itself: an order comes on its standard input."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ours, self._theirs = socket.socketpair()
        self.driven: list[tuple[Order, str]] = []
        """The orders that were driven, and by which proxy."""
        monkeypatch.setattr(sys, "argv", ["console", "--handed", str(folder)])
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=self._theirs.fileno))
        monkeypatch.setattr(process, "drive", self._drive)

    async def _drive(self, order: Order, _folder: Path, **_more: Callable[..., None]) -> int:
        await asyncio.sleep(0)
        self.driven.append((order, os.environ.get("HTTPS_PROXY", "")))
        return ExitCode.ROLLED_BACK_BY_PERSON

    def close(self) -> None:
        self.ours.close()
        self._theirs.close()


@pytest.fixture
def handing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handing]:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.of.the.shell:3128")
    made = Handing(tmp_path, monkeypatch)
    yield made
    made.close()


def test_it_is_driven_where_its_release_was_resolved(handing: Handing) -> None:
    handing.ours.sendall(msgspec.json.encode(ORDER) + b"\n")
    assert process.main() == ExitCode.ROLLED_BACK_BY_PERSON
    assert handing.driven == [(ORDER, PROXY)]


def test_one_of_another_user_is_not_acted_on(
    handing: Handing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handing.ours.sendall(msgspec.json.encode(ORDER) + b"\n")
    ours = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: ours + 1)
    assert process.main() == ExitCode.USAGE
    assert handing.driven == []
    assert "was handed over by another user, and is not acted on" in capsys.readouterr().err


@pytest.mark.parametrize("said", [b"{}\n", b"\xff\n", b'{"release":"checkout-1"'])
def test_what_is_no_order_is_refused_in_one_line(
    said: bytes, handing: Handing, capsys: pytest.CaptureFixture[str]
) -> None:
    handing.ours.sendall(said)
    handing.ours.shutdown(socket.SHUT_WR)
    assert process.main() == ExitCode.USAGE
    assert handing.driven == []
    assert capsys.readouterr().err == "pithead: what was handed over is no order for a release\n"


def test_where_none_comes_the_worker_ends_without_a_word(
    handing: Handing, capsys: pytest.CaptureFixture[str]
) -> None:
    handing.ours.close()
    assert process.main() == 0
    assert (handing.driven, capsys.readouterr().err) == ([], "")


def test_a_worker_that_was_started_early_and_is_not_needed_is_gone_and_has_touched_nothing(
    tmp_path: Path,
) -> None:
    EarlyWorker(tmp_path).close()
    _until_gone(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [log_of(tmp_path).name]
    assert log_of(tmp_path).read_text() == ""


def test_one_that_has_died_before_its_order_came_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.host.early.own_module", lambda *_: ["/bin/sh", "-c", "exit 3"])
    early = EarlyWorker(tmp_path)
    with pytest.raises(ControlError, match="the worker that was started has died") as caught:
        _hand_over_until_refused(early)
    early.close()
    assert caught.value.hint == f"see {log_of(tmp_path)}"


def test_where_no_process_can_be_started_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.host.early.own_module", lambda *_: [str(tmp_path / "no-python")])
    with pytest.raises(ControlError, match="no worker could be started: No such file or directory"):
        EarlyWorker(tmp_path)


def _hand_over_until_refused(early: EarlyWorker) -> None:
    until = time.monotonic() + CEILING_S
    while time.monotonic() < until:
        early.hand_over(b"{}")


def _until_gone(folder: Path) -> None:
    until = time.monotonic() + CEILING_S
    while found := workers_of(folder):
        assert time.monotonic() < until, found
        time.sleep(0.02)
