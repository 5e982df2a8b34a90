"""`python -m console.lab --scenario X --folder DIR`: run a lab until stdin ends or TERM comes.

When everything is ready, one line of JSON (`LabAddresses`) goes to stdout; what can't be goes to stderr in
one line, with exit code 2.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import ExitCode, PitheadError
from console.lab.order import Choice, LabOrder
from console.lab.scenarios import SCENARIOS
from console.lab.supervisor import run_lab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.lab.order import LabAddresses


def order_from(args: Sequence[str]) -> LabOrder:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m console.lab", description=__doc__)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="healthy")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rps", type=float)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--ephemeral", action="store_true")
    parser.add_argument("--prometheus", type=Choice, choices=list(Choice), default=Choice.AUTO)
    return LabOrder(**vars(parser.parse_args(args)))


async def run(order: LabOrder) -> None:
    """Run the lab until it is told to end."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    threading.Thread(target=_end_with_stdin, args=(loop, end), daemon=True).start()
    await run_lab(order, say=_say, end=end)


def _say(addresses: LabAddresses) -> None:
    sys.stdout.buffer.write(addresses.to_line())
    sys.stdout.flush()


def _end_with_stdin(loop: asyncio.AbstractEventLoop, end: asyncio.Event) -> None:
    """Wait for stdin's end in a thread: a terminal, a pipe and /dev/null are all alike to it."""
    while os.read(0, 1024):
        pass
    with suppress(RuntimeError):  # the loop is closed: the end came another way
        loop.call_soon_threadsafe(end.set)


def main() -> int:
    """Run, and say in one line why not."""
    order = order_from(sys.argv[1:])
    try:
        asyncio.run(run(order))
    except PitheadError as error:
        sys.stderr.write(f"{error}{' ' + error.hint if error.hint else ''}\n")
        return error.exit_code
    if order.ephemeral:
        shutil.rmtree(order.folder, ignore_errors=True)
    return ExitCode.PROMOTED


if __name__ == "__main__":
    sys.exit(main())
