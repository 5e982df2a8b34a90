"""The twelve faults: each brings itself about on a ground, and gives what mends it, where that can be."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from console.host.alive import worker_of
from console.host.places import journal_of, socket_of
from tests.table.rule import Fault, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.table.ground import Ground

    Mend = Callable[[], object]


def suffer(ground: Ground) -> Mend:
    """Bring the fault of the ground's cell about; gives what mends it."""
    return FAULTS[ground.cell.fault](ground)


def nothing() -> None:
    """Mend what need not or can't be."""


def _disk_full(ground: Ground) -> Mend:
    fill(ground.home / "ballast")
    if ground.cell.state in (State.RUNNING, State.PAUSED):
        ground.until(lambda: "can't be written" in (ground.line() or ""), what="a word of the full disk")
    return nothing


def _disk_read_only(ground: Ground) -> Mend:
    ground.mount_read_only()
    return nothing


def _journal_cut(ground: Ground) -> Mend:
    journal = journal_of(ground.release)
    os.truncate(journal, journal.stat().st_size // 2)
    return nothing


def _journal_gone(ground: Ground) -> Mend:
    journal_of(ground.release).unlink()
    return nothing


def _socket_gone(ground: Ground) -> Mend:
    socket_of(ground.release).unlink(missing_ok=True)
    return nothing


def _worker_stopped(ground: Ground) -> Mend:
    pid = worker_of(ground.release)
    if not pid:
        return nothing
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def _api_hangs(ground: Ground) -> Mend:
    ground.front.free.clear()
    return ground.front.free.set


def _writes_forbidden(ground: Ground) -> Mend:
    ground.front.forbids_writes = True
    return lambda: setattr(ground.front, "forbids_writes", False)


def _route_deleted(ground: Ground) -> Mend:
    """Delete the object; who mends it makes it again from a manifest, marks and all."""
    obj = ground.object()
    ground.object(method="DELETE")
    kept = {
        key: value for key, value in obj["metadata"].items() if key in ("name", "namespace", "annotations")
    }
    again = {key: obj[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": kept}
    return lambda: ground.object(method="POST", body=again)


def _plugin_hangs(ground: Ground) -> Mend:
    ground.plugin_hangs.touch()
    return ground.plugin_hangs.unlink


def _logged_out(ground: Ground) -> Mend:
    ground.front.wanted = "second"
    ground.credential.unlink()
    return lambda: ground.give("second")


def _another_cluster(ground: Ground) -> Mend:
    ground.point(ground.other)
    return lambda: ground.point(ground.front)


FAULTS: dict[Fault, Callable[[Ground], Mend]] = {
    Fault.NONE: lambda _ground: nothing,
    Fault.DISK_FULL: _disk_full,
    Fault.DISK_READ_ONLY: _disk_read_only,
    Fault.JOURNAL_CUT: _journal_cut,
    Fault.JOURNAL_GONE: _journal_gone,
    Fault.SOCKET_GONE: _socket_gone,
    Fault.WORKER_STOPPED: _worker_stopped,
    Fault.API_HANGS: _api_hangs,
    Fault.WRITES_FORBIDDEN: _writes_forbidden,
    Fault.ROUTE_DELETED: _route_deleted,
    Fault.PLUGIN_HANGS: _plugin_hangs,
    Fault.LOGGED_OUT: _logged_out,
    Fault.ANOTHER_CLUSTER: _another_cluster,
}


def fill(path: Path) -> None:
    """Let a small disk be full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\x00" * 4096)
        except OSError:
            return
