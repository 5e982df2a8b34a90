"""Releases taken off this host: what may go, what goes with a reason only, and what was removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from console.errors import UsageError
from console.host.alive import only_worker
from console.host.order import read_order
from console.host.places import forgotten_file, order_of, socket_of
from console.host.revival import laboratory_is_gone
from console.host.runs import EMPTY, Run, run_in
from console.person import Person
from console.private import open_private


class Removed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One release that is gone from this host: a line of `forgotten.jsonl`."""

    at: float
    release: str
    state: str
    """How it ended, or where it stood."""
    bytes: int
    person: Person
    reason: str = ""


def open_matter(folder: Path, run: Run) -> str:
    """Say what of a release without a worker still concerns somebody; nothing where it may simply go."""
    if run.ended is not None or run.trouble == EMPTY or _of_a_lost_laboratory(folder):
        return ""
    if run.person is None:
        return f"it may not have ended, since its journal can't be read: {run.trouble}"
    if not run.moved:
        return ""
    where = "" if run.weight is None else f", and the router was last seen at {run.weight}%"
    return f"it has moved traffic and has not ended{where}"


def forget(folder: Path, *, state: str, person: Person, reason: str, now: float) -> Removed:
    """Remove a release: its journal, order, log, lock and socket, and nothing else.

    Raises `UsageError` where a worker drives it, or where the disk does not let it go.
    """
    socket = socket_of(folder)
    removed = Removed(
        at=now, release=folder.name, state=state, bytes=size_of(folder), person=person, reason=reason
    )
    with only_worker(folder):  # none may begin while its folder goes
        _note(removed)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise UsageError(f"{folder} can't be removed whole: {error.strerror}") from error
    with suppress(OSError):
        socket.unlink()
    return removed


def long_ended(folders: Iterable[Path], *, before: float) -> Iterator[tuple[Path, Run]]:
    """Give the releases that ended before a time: promoted, rolled back or refused alike, and no other."""
    for folder in folders:
        run = run_in(folder)
        if run.ended is not None and not run.live and run.last_at is not None and run.last_at < before:
            yield folder, run


def size_of(folder: Path) -> int:
    """Count the bytes of a release's files."""
    with suppress(OSError):
        return sum(path.lstat().st_size for path in folder.rglob("*"))
    return 0


def _of_a_lost_laboratory(folder: Path) -> bool:
    try:
        return laboratory_is_gone(read_order(order_of(folder)))
    except UsageError:
        return False


def _note(removed: Removed) -> None:
    """Keep one line of what goes: with it, somebody who looks for the release learns what became of it."""
    path = forgotten_file()
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(open_private(path, flags), "ab") as file:
            file.write(msgspec.json.encode(removed) + b"\n")
    except OSError as error:
        raise UsageError(
            f"{path} takes no line, so nothing was removed: {error.strerror}",
            hint="without it nobody would know what became of the release",
        ) from error
