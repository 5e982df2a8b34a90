"""What `pithead rollback` does: it asks the worker and follows what that says, or has a new one do it."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.command import Command
from console.errors import ControlError, NoAnswer
from console.host.alive import worker_of
from console.host.control import ControlClient
from console.host.early import EarlyWorker
from console.host.person import who_is_there
from console.host.places import socket_of
from console.policy.progress import Progress
from screens.commands.options import read_only_by_environment
from screens.commands.until_back import UntilBack
from screens.say import say

if TYPE_CHECKING:
    from console.host.order import Reach

POLL_S = 0.05
LOOK_S = 0.5
"""A question before a rollback may wait so long for its worker's word; without one nothing is asked."""
ITS_WAY_S = 5.0
"""A worker that lives has so long to get there by its own way before a way that a person has named is gone:
a write and its reading back take a tenth of it, and users who suffer wait for it."""
TO_NOTHING = "stable has 0 READY PODS: behind a rollback all requests go to nothing until it is scaled up"


class WayBack:
    """One person's rollback of the release of one folder."""

    def __init__(self, folder: Path, *, reason: str, wait_s: float, way: Reach | None = None) -> None:
        """`way` is another way into the release's cluster, where a person has named one that leads there."""
        self._folder = folder
        self._way = way
        self._reason = reason
        self._until = time.monotonic() + wait_s
        self._line = ControlClient(socket_of(folder), who_is_there(), read_only=read_only_by_environment())

    def go(self, *, worker: int | None, early: EarlyWorker | None, yes: bool) -> int:
        """Roll back, and give the exit code; `early` is a new worker without its order, where none lives.

        Where the worker knows that stable has no ready pods, a person at a terminal is asked first, unless
        they have said `yes`; without a terminal nobody can be asked, and a command that was given is done.
        """
        if worker is not None and not yes and sys.stdin.isatty():
            _confirm_to_nothing(self._standing())
        ask = self._line.ask(Command.ROLL_BACK, reason=self._reason, lives=worker is not None)
        try:
            answer = asyncio.run(ask)
        except NoAnswer as error:
            if worker is not None and worker_of(self._folder) is not None:
                if self._way is not None:
                    return self._beside(self._way)
                raise _hangs(self._folder, worker, error) from error
            return self._by_a_new_worker(early)
        if early is not None:
            early.close()
        if answer.refused and not (answer.back is not None and answer.back.is_under_way):
            raise ControlError(f"{self._folder.name} was not rolled back: {answer.refused}")
        if answer.back is not None and answer.back.to_nothing:
            say(TO_NOTHING, err=True)
        return self._followed()

    def _standing(self) -> Progress | None:
        """Ask a living worker how it stands; one that does not answer at once is not waited for."""

        async def ask() -> Progress | None:
            async with asyncio.timeout(LOOK_S):
                return await self._line.back()

        try:
            return asyncio.run(ask())
        except (NoAnswer, TimeoutError):
            return None

    def _followed(self) -> int:
        """Wait for what the worker says; where it dies meanwhile, another one goes on."""
        wait = UntilBack(self._folder, until=self._until)
        began = time.monotonic()
        its_way_until = began + min(ITS_WAY_S, (self._until - began) / 2)
        while (code := wait.hear(self._heard())) is None:
            if wait.alone:
                return self._by_a_new_worker(None)
            if self._way is not None and time.monotonic() > its_way_until:
                return self._beside(self._way)
            time.sleep(POLL_S)
        return code

    def _heard(self) -> Progress | None:
        try:
            return asyncio.run(self._line.back())
        except NoAnswer:
            return None

    def _by_a_new_worker(self, early: EarlyWorker | None) -> int:
        from screens.commands.new_worker import by_a_new_worker  # noqa: PLC0415 - a living one needs no order

        return by_a_new_worker(
            self._folder, reason=self._reason, until=self._until, early=early, way=self._way
        )

    def _beside(self, way: Reach) -> int:
        from screens.commands.new_worker import beside_its_worker  # noqa: PLC0415 - as above

        return beside_its_worker(self._folder, reason=self._reason, until=self._until, way=way)


def _confirm_to_nothing(back: Progress | None) -> None:
    if back is None or not back.to_nothing or back.is_under_way:
        return
    say(TO_NOTHING, err=True)
    click.confirm("Roll back all the same?", abort=True, err=True)


def _hangs(folder: Path, worker: int, error: NoAnswer) -> ControlError:
    mend = f"kill -9 {worker}, then again: pithead rollback {folder.name}"
    if error.asleep:
        mend = f"if it is stopped: kill -CONT {worker}; else {mend}"
    return ControlError(f"{folder.name}: {error} (process {worker})", hint=mend)
