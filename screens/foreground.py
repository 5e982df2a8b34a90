"""A release in the foreground, for pipelines: the worker itself, printing."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

from console.headless import Output, Printer
from console.host.order import Order, write_order
from console.host.places import order_of
from console.release.state import Release
from console.worker.drive import drive


def run_in_foreground(order: Order, folder: Path, *, output: str, release: Release | None = None) -> int:
    """Drive the release here, print each event, and give the exit code.

    `release` is what a worker that died has made of it so far.
    """
    gc.enable()
    write_order(order_of(folder), order)
    printer = Printer(sys.stdout, Output(output), release=release)
    return asyncio.run(drive(order, folder, listener=printer, interruptible=True))
