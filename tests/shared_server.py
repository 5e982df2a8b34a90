"""One real API server for a run: the first process that needs it starts it, and ends it after all others."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.traffic.servers import RealServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASKS_EVERY_S = 0.2
"""How often the process that started the server asks whether it is still in use."""


@contextmanager
def shared_server(assets: Path, folder: Path) -> Iterator[RealServer]:
    """Give the run's server, which lives in `folder`; what is written to log in is each process' own."""
    logins = folder / f"logins-{os.getpid()}"
    logins.mkdir(parents=True)
    server = RealServer(assets, folder, logins=logins)
    with (folder / "users").open("a") as users:
        started_here = _begin(server, folder, users.fileno())
        try:
            yield server
        finally:
            while started_here and not _ended(server, folder, users.fileno()):
                time.sleep(ASKS_EVERY_S)


def _begin(server: RealServer, folder: Path, users: int) -> bool:
    port = folder / "port"
    with _alone(folder):
        fcntl.flock(users, fcntl.LOCK_SH)
        if port.exists():
            server.join(int(port.read_text()))
            return False
        try:
            server.start()
        except BaseException:
            server.stop()
            raise
        port.write_text(str(server.port))
        return True


def _ended(server: RealServer, folder: Path, users: int) -> bool:
    with _alone(folder):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        (folder / "port").unlink()
        server.stop()
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
