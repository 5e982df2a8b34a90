"""A release in the foreground, for pipelines: the worker itself, printing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from console.drive import drive
from console.headless import Output, Printer
from console.order import Order


def run_in_foreground(order: Order, folder: Path, *, output: Output) -> int:
    """Drive the release here, print each event, and give the exit code."""
    return asyncio.run(drive(order, folder, listener=Printer(sys.stdout, output), interruptible=True))
