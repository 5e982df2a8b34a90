"""What a rollback says, it says once its order is out: a reader who does not read keeps nothing waiting."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import click
import msgspec
import pytest
from click.testing import CliRunner

from console.command import LONGEST_REASON
from console.errors import ExitCode
from console.host.order import Order, Reach, write_order
from console.host.places import order_of
from console.policy.progress import Progress, Step
from console.release import events as ev
from screens.commands import new_worker, options
from tests.releases import ANA, plan, stage

if TYPE_CHECKING:
    from pathlib import Path

OUT = "the order is out"


class Telling:
    """A new worker that rolls back at once, and a terminal; what happened to both, in its order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happened: list[str] = []
        monkeypatch.setattr(new_worker, "EarlyWorker", lambda _folder: None)
        monkeypatch.setattr(new_worker, "hand_over", self._hand_over)
        monkeypatch.setattr(new_worker, "say", lambda words, err=False: self.happened.append(words))  # noqa: ARG005 - its names

    def _hand_over(self, _order: Order, _to: None) -> socket.socket:
        self.happened.append(OUT)
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.sendall(
                msgspec.json.encode(Progress(step=Step.ROLLED_BACK, words="ROLLED BACK: all on v1")) + b"\n"
            )
        return ours


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Telling:
    return Telling(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    made = tmp_path / "releases" / "checkout-20260102-150405"
    made.mkdir(parents=True)
    order = Order(release=made.name, plan=plan(stage(10)), reach=Reach(), person=ANA, attended=True)
    write_order(order_of(made), order)
    return made


def rolled_back(folder: Path) -> int:
    until = time.monotonic() + 60.0
    return new_worker.by_a_new_worker(folder, reason="", until=until, early=None)


def test_of_a_dead_worker(telling: Telling, folder: Path) -> None:
    assert rolled_back(folder) == ExitCode.PROMOTED
    assert telling.happened == [
        OUT,
        f"the worker of {folder.name} is dead: another one is started, to roll back",
    ]


def test_of_a_release_that_has_ended(telling: Telling, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, reason="all stages passed", exit_code=0)
    monkeypatch.setattr(new_worker, "ended_in", lambda _folder: ended)
    assert rolled_back(folder) == ExitCode.PROMOTED
    out, said = telling.happened
    assert (out, said.startswith(f"{folder.name} has ended, promoted: checkout-")) == (OUT, True)


def test_of_a_reason_that_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(options, "say", lambda words, err=False: happened.append(words))  # noqa: ARG005 - its names

    @click.command()
    @click.option("--reason", callback=options.reason_given)
    def command(reason: str) -> None:
        happened.append(f"done with {len(reason)}")

    assert CliRunner().invoke(command, ["--reason", "x" * 900]).exit_code == 0
    assert happened == [
        f"done with {LONGEST_REASON}",
        f"pithead: the reason has 900 characters; {LONGEST_REASON} are kept",
    ]
