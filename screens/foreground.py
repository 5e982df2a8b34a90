"""A release in the foreground, for pipelines: the worker itself, printing."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

from console.drive import drive
from console.headless import Output, Printer
from console.order import Order


def run_in_foreground(order: Order, folder: Path, *, output: str) -> int:
    """Drive the release here, print each event, and give the exit code."""
    gc.enable()
    printer = Printer(sys.stdout, Output(output))
    return asyncio.run(drive(order, folder, listener=printer, interruptible=True))
