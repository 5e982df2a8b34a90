"""Starting a worker: a process and a session of its own, so that no terminal takes it down with it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from console.errors import PitheadError
from console.host.alive import worker_of
from console.host.early import EarlyWorker, open_log
from console.host.order import Order, write_order
from console.host.places import order_of
from console.host.surroundings import environment_for
from console.interpreter import own_module

STARTS_WITHIN_S = 10.0
POLL_S = 0.02


def worker_command(folder: Path) -> list[str]:
    """Give the command line of the worker for the order in `folder`."""
    return own_module("console", str(folder))


def start_rollback(order: Order, folder: Path) -> socket.socket:
    """Start a worker whose first act is the rollback, and give the line on which it tells how that goes.

    The order is handed over on the line: no disk need take it. A line is one `Progress` in JSON. Raises
    ControlError where no worker can be started.
    """
    return hand_over(order, EarlyWorker(folder))


def hand_over(order: Order, to: EarlyWorker) -> socket.socket:
    """Let a worker that was started early roll back, as `start_rollback` does."""
    return to.hand_over(msgspec.json.encode(order))


def start_worker(order: Order, folder: Path) -> int:
    """Start the worker in the background and give its pid; it outlives this process and its terminal."""
    write_order(order_of(folder), order)
    with open_log(folder) as log:
        worker = subprocess.Popen(
            worker_command(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
            env=environment_for(order),
        )
    worker.returncode = 0  # it is not ours to wait for: silences the warning about a child left running
    return worker.pid


def trouble_starting(start: Callable[[], object]) -> str:
    """Start a worker by calling `start`; gives what went wrong, or nothing."""
    try:
        start()
    except PitheadError as error:
        return error.with_hint
    except OSError as error:
        return f"no worker could be started: {error.strerror}"
    return ""


def has_died(pid: int) -> bool:
    """Tell whether a worker that was started here has ended."""
    with suppress(ChildProcessError):  # it is another's child, or was asked for before
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # nobody, or by now somebody else's process of that number
        return True
    return False


def wait_for_worker(folder: Path) -> None:
    """Wait until the worker that was started has its lock: before that it looks like a dead one.

    One that does not come to it in time has died, which is for its viewers to see.
    """
    until = time.monotonic() + STARTS_WITHIN_S
    while worker_of(folder) is None and time.monotonic() < until:
        time.sleep(POLL_S)
