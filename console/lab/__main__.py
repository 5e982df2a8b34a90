"""`python -m console.lab --scenario X --folder DIR`: run a lab until stdin ends or TERM comes.

Lines of JSON go to stdout: a `LabPart` for each part that comes up, then `LabAddresses` when everything is
ready; or `LabRefusal` where that can't be.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from console.errors import ExitCode, PitheadError
from console.host.laboratory import living
from console.lab.extra import how_to_install
from console.lab.order import Choice, LabOrder, LabRefusal, LabSaid, to_line
from console.lab.scenarios import SCENARIOS


def order_from(args: Sequence[str]) -> LabOrder:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m console.lab", description=__doc__)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="healthy")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rps", type=float)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--ephemeral", action="store_true")
    parser.add_argument("--lock", type=Path)
    parser.add_argument("--prometheus", type=Choice, choices=list(Choice), default=Choice.AUTO)
    return LabOrder(**vars(parser.parse_args(args)))


async def run(order: LabOrder) -> None:
    """Run the lab until it is told to end."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    threading.Thread(target=_end_with_stdin, args=(loop, end), daemon=True).start()
    from console.lab.supervisor import run_lab  # noqa: PLC0415 - needs the extra `lab`, which may be missing

    with nullcontext() if order.lock is None else living(order.lock):
        await run_lab(order, say=_say, end=end)


def _say(said: LabSaid) -> None:
    sys.stdout.buffer.write(to_line(said))
    sys.stdout.flush()


def _end_with_stdin(loop: asyncio.AbstractEventLoop, end: asyncio.Event) -> None:
    """Wait for stdin's end in a thread: a terminal, a pipe and /dev/null are all alike to it."""
    while os.read(0, 1024):
        pass
    with suppress(RuntimeError):  # the loop is closed: the end came another way
        loop.call_soon_threadsafe(end.set)


def main() -> int:
    """Run, or say why not."""
    order = order_from(sys.argv[1:])
    try:
        asyncio.run(run(order))
    except PitheadError as error:
        _say(LabRefusal(words=str(error), hint=error.hint))
        return error.exit_code
    except ModuleNotFoundError as error:
        _say(LabRefusal(words=f"The lab needs {error.name}, which is not installed.", hint=how_to_install()))
        return ExitCode.USAGE
    if order.ephemeral:
        shutil.rmtree(order.folder, ignore_errors=True)
    return ExitCode.PROMOTED


if __name__ == "__main__":
    sys.exit(main())
