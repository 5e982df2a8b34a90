"""The worker's process: `python -m console FOLDER` drives the order that lies in the folder."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from pathlib import Path

from console.errors import PitheadError
from console.host.order import read_order
from console.host.places import order_of
from console.release.events import JournalMended, JournalStuck, Record
from console.worker.drive import drive


def main() -> int:
    """Drive one release, or go on with it; its exit code is the release's."""
    folder = Path(sys.argv[1])
    try:
        return asyncio.run(drive(read_order(order_of(folder)), folder, listener=_log_trouble))
    except PitheadError as error:
        sys.stderr.write(f"pithead: {error}\n")
        return error.exit_code


def _log_trouble(record: Record) -> None:
    """Leave a word where a journal can't: what a viewer does not find there may be in the log."""
    if isinstance(record.event, JournalStuck | JournalMended):
        words = record.event.trouble if isinstance(record.event, JournalStuck) else "it is written again"
        with suppress(OSError):
            sys.stderr.write(f"{time.ctime(record.at)}: the journal: {words}\n")


if __name__ == "__main__":
    sys.exit(main())
