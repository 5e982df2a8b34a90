"""What a worker makes of signals: a lost terminal ends nothing, Ctrl-Z stops nothing, TERM obeys the plan."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from msgspec import UNSET

from console.command import Command
from console.host.control import Ask
from console.person import Person
from console.plan.model import Plan, Then
from console.release import events as ev
from console.release.state import Phase
from console.worker.worker import Worker

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTSTP)
IGNORED = (signal.SIGTTOU, signal.SIGTTIN)
"""What a terminal stops a process in its background with, under `stty tostop`: one that is stopped guards
nothing. SIGSTOP stops it all the same, as the person who sends it wants."""
SAME_S = 0.5
"""Seconds within which a second signal is the first one's echo: timeout(1), for one, sends each twice."""


class Signals:
    """Hears signals from the worker's first moment; what comes before there is a release waits for it."""

    def __init__(self) -> None:
        self._early: list[signal.Signals] = []
        self._answer: Callable[[signal.Signals], None] = self._early.append

    def hear(self, number: signal.Signals) -> None:
        """Take one signal."""
        self._answer(number)

    def answered_by(self, answer: Callable[[signal.Signals], None]) -> None:
        """Answer all signals so from here on, and those first that came before."""
        self._answer = answer
        for number in self._early:
            answer(number)


@contextmanager
def heard() -> Iterator[Signals]:
    """Hear signals for as long as this lasts."""
    loop, signals = asyncio.get_running_loop(), Signals()
    before = {number: signal.getsignal(number) for number in (*HEARD, *IGNORED)}
    with suppress(ValueError, RuntimeError):  # only a process's main thread hears signals
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        for number in HEARD:
            loop.add_signal_handler(number, signals.hear, number)
    try:
        yield signals
    finally:
        with suppress(ValueError, RuntimeError):
            for number in HEARD:
                loop.remove_signal_handler(number)
            for number, handler in before.items():
                signal.signal(number, handler)


def on_stop(plan: Plan, *, foreground: bool) -> Then:
    """Return what TERM leads to: what the plan says, else a rollback in a pipeline and a hold elsewhere.

    A pipeline that is cancelled is over, and nobody comes back to it. A worker in the background is stopped
    with its host, which mostly comes back: `pithead resume` then goes on, holding first.
    """
    if plan.on_stop is not UNSET:
        return plan.on_stop
    return Then.ROLLBACK if foreground else Then.HOLD


class Heed:
    """Answers the signals that reach one worker."""

    def __init__(self, worker: Worker, *, person: Person, then: Then, leave: Callable[[], object]) -> None:
        """`leave` ends the worker's process and leaves the release as it stands."""
        self._worker = worker
        self._person = person
        self._then = then
        self._leave = leave
        self._stopped_at: float | None = None
        self._hung_up = False

    def __call__(self, number: signal.Signals) -> None:
        """Answer one."""
        if self._worker.release.phase is Phase.ENDED:
            return
        if number is signal.SIGHUP:
            self._hang_up()
        elif number is signal.SIGTSTP:
            self._note(number, ev.OnSignal.GO_ON)
        elif self._stopped_at is None:
            self._stopped_at = self._now()
            self._stop(number)
        elif self._now() - self._stopped_at >= SAME_S:
            self._note(number, ev.OnSignal.LEAVE)
            self._leave()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _note(self, number: signal.Signals, does: ev.OnSignal) -> None:
        self._worker.note(ev.Signalled(signal=number.name, does=does))

    def _hang_up(self) -> None:
        if not self._hung_up:
            self._note(signal.SIGHUP, ev.OnSignal.GO_ON)
        self._hung_up = True

    def _stop(self, number: signal.Signals) -> None:
        if self._worker.release.rollback is not None:
            self._note(number, ev.OnSignal.GO_ON)
        elif self._then is Then.HOLD:
            self._note(number, ev.OnSignal.HOLD)
            self._leave()
        else:
            self._note(number, ev.OnSignal.ROLL_BACK)
            reason = f"the run was interrupted by {number.name}"
            # A refusal means that the release is on its way back already.
            self._worker.take(Ask(command=Command.ROLL_BACK, person=self._person, reason=reason))


def heed(
    signals: Signals, worker: Worker, person: Person, running: asyncio.Future[int], *, then: Then
) -> None:
    """Let the worker answer signals: a first one as the plan says, a second one by leaving as things are."""
    signals.answered_by(Heed(worker, person=person, then=then, leave=partial(running.cancel)))
