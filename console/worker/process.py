"""What a worker's process does: `python -m console FOLDER` drives the order that lies in the folder.

With `--handed` the order comes on standard input instead, a socket on which the worker tells in turn where
the rollback stands: that needs no disk. Where none comes it ends.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import traceback
from contextlib import redirect_stderr, suppress
from io import TextIOBase
from pathlib import Path
from typing import TextIO

import msgspec

from console.errors import ExitCode, PitheadError, UsageError
from console.host.order import decode_order, read_order
from console.host.places import order_of
from console.host.surroundings import enter
from console.policy.progress import Progress
from console.redact import without_secrets
from console.release.events import JournalMended, JournalRestored, JournalStuck, Record
from console.worker.drive import drive


def main() -> int:
    """Drive one release, or go on with it; its exit code is the release's."""
    *handed, name = sys.argv[1:] or [""]
    folder = Path(name)
    with redirect_stderr(Discreet(sys.stderr)):
        try:
            if handed:
                return _drive_handed(folder)
            return asyncio.run(drive(read_order(order_of(folder)), folder, listener=_log_trouble))
        except PitheadError as error:
            sys.stderr.write(f"pithead: {error}\n")
            return error.exit_code
        except Exception:  # noqa: BLE001 - a defect of ours: its trace belongs in the log, its secrets do not
            sys.stderr.write(traceback.format_exc())
            return ExitCode.WORKER_DEAD


def _drive_handed(folder: Path) -> int:
    """Drive the order that was handed over, and tell back where its rollback stands."""
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as other, other.makefile("rb") as lines:
        if os.fstat(other.fileno()).st_uid != os.geteuid():
            raise UsageError("the order was handed over by another user, and is not acted on")
        if not (handed := lines.readline()):
            return ExitCode.PROMOTED  # it was not needed
        order = decode_order(handed)
        enter(order)
        other.setblocking(False)
        told: list[Progress] = []

        def tell(now: Progress) -> None:
            if [now] == told:
                return
            told[:] = [now]
            with suppress(OSError):  # nobody waits for it any more, or not fast enough
                other.send(msgspec.json.encode(now) + b"\n", socket.MSG_DONTWAIT)

        return asyncio.run(drive(order, folder, listener=_log_trouble, on_progress=tell))


class Discreet(TextIOBase):
    """The log: what is written into it, a trace or a library's warning too, loses its secrets."""

    def __init__(self, log: TextIO) -> None:
        self._log = log

    def write(self, text: str) -> int:
        """Write it without its secrets; a log that takes nothing, on a full disk, ends no release."""
        with suppress(OSError, ValueError):
            self._log.write(without_secrets(text))
        return len(text)

    def flush(self) -> None:
        """Hand on what is written."""
        with suppress(OSError, ValueError):
            self._log.flush()


def _log_trouble(record: Record) -> None:
    """Leave a word where a journal can't: what a viewer does not find there may be in the log."""
    if isinstance(record.event, JournalStuck | JournalMended | JournalRestored):
        words = "it is written again" if isinstance(record.event, JournalMended) else record.event.trouble
        with suppress(OSError):
            sys.stderr.write(f"{time.ctime(record.at)}: the journal: {words}\n")
