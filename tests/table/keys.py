"""A key, as a screen takes it: what it knows is the journal's, what it asks goes by the socket."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from console.command import Command
from console.errors import JournalError
from console.host.control import ControlClient
from console.host.person import who_is_there
from console.host.places import journal_of, socket_of
from console.journal import read_past
from console.policy.permit import refusal
from console.release.state import Release
from screens.worker_supervisor import WorkerSupervisor


def press(name: str, folder: str) -> int:
    """Press the key of a command in the release of this folder; says what the screen's message line would."""
    refused = _pressed(Command(name), Path(folder))
    sys.stdout.write(f"{name} was refused: {refused}\n" if refused else f"{name}: taken\n")
    return int(bool(refused))


def _pressed(command: Command, folder: Path) -> str:
    release, keeper = _seen(folder), WorkerSupervisor(folder)
    if release is not None and release.end is not None:
        return refusal(release, command, now=time.time())
    if command is Command.ROLL_BACK and not keeper.lives():
        return keeper.roll_back(reason="")
    return asyncio.run(ControlClient(socket_of(folder), who_is_there()).send(command))


def _seen(folder: Path) -> Release | None:
    """Give what a screen shows; None where the journal gives it nothing."""
    try:
        return read_past(journal_of(folder)).release
    except (JournalError, OSError):
        return None
