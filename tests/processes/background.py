"""A release with a worker process of its own, as `pithead run` starts it, followed by its journal."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from console.command import Command
from console.host.control import ControlClient
from console.host.launch import start_worker
from console.host.order import Order, Reach
from console.host.person import who_is_there
from console.host.places import journal_of, log_of, socket_of
from console.journal import Tail
from console.plan.load import parse_plan
from console.release.events import AnyEvent, ReleaseEnded, SampleTaken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from console.lab.order import LabAddresses
    from console.plan.model import Plan, Stage
    from console.release.events import Record

E = TypeVar("E", bound=AnyEvent)
_POLL_S = 0.02


def demo_plan(lab: LabAddresses, *, interval_s: float = 1.0) -> Plan:
    """Give the demo's plan, against a lab."""
    plan = parse_plan(files("sample_plans").joinpath("demo.yaml").read_bytes(), origin="demo.yaml")
    return replace(plan, interval_s=interval_s, metrics=replace(plan.metrics, prometheus=lab.prometheus))


def one_stage(plan: Plan, *, weight: int, hold_s: float = 3600.0) -> Plan:
    """Leave of a plan its first stage only, at another weight, held for longer than anyone looks."""
    stage: Stage = replace(plan.stages[0], weight=weight, hold_s=hold_s)
    return replace(plan, stages=(stage,))


class Followed:
    """A release that some worker drives, seen through its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tail = Tail(journal_of(folder))
        self._records: list[Record] = []

    @property
    def records(self) -> Sequence[Record]:
        """All that is in the journal by now."""
        self._records += self._tail.poll()
        return self._records

    def all_of(self, kind: type[E]) -> list[tuple[float, E]]:
        """Give all events of a kind, each with its time."""
        return [(record.at, record.event) for record in self.records if isinstance(record.event, kind)]

    def until(self, kind: type[E], *, count: int = 1, within_s: float = 120.0) -> tuple[float, E]:
        """Wait until so many events of a kind are in the journal, and give the last of them."""
        end = time.monotonic() + within_s
        while len(found := self.all_of(kind)) < count:
            assert time.monotonic() < end, f"no {kind.__name__} in time: {self._last_words()}"
            time.sleep(_POLL_S)
        return found[count - 1]

    def _last_words(self) -> str:
        kinds = [type(record.event).__name__ for record in self.records[-5:]]
        log = log_of(self.folder)
        return f"{kinds}; {log.read_text()[-2000:] if log.exists() else 'no log'}"

    async def ask(self, command: Command) -> str:
        """Give a command as a viewer does; answers with the refusal, or with nothing."""
        return await ControlClient(socket_of(self.folder), who_is_there()).send(command)

    @property
    def ticks(self) -> list[float]:
        """When each tick was done, by the journal."""
        return [at for at, _ in self.all_of(SampleTaken)]

    @property
    def exit_code(self) -> int | None:
        """What the release ended with; None while it goes on."""
        ended = self.all_of(ReleaseEnded)
        return ended[0][1].exit_code if ended else None


class Background(Followed):
    """A release whose worker is ours to end."""

    def __init__(self, plan: Plan, *, kubeconfig: Path, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        order = Order(
            release=folder.name,
            plan=plan,
            reach=Reach(kubeconfig=str(kubeconfig)),
            person=who_is_there(),
            attended=True,
        )
        self.pid = start_worker(order, folder)
        super().__init__(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def call_off(self) -> None:
        """Roll back, and wait until the worker has left: the next one on this lab gets its lease."""
        asyncio.run(self.ask(Command.ROLL_BACK))
        self.gone()

    def gone(self) -> None:
        """Wait until the worker has left by itself: it lets go of its lease last."""
        os.waitpid(self.pid, 0)
