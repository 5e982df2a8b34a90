"""A release in the foreground, for pipelines: the worker itself, printing."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import TextIO

from console.headless import Output, Printer, gap_in_words
from console.host.order import Order, write_order
from console.host.places import order_of
from console.host.surroundings import enter
from console.line_writer import Aside, LineWriter
from console.release.state import Release
from console.worker.drive import drive

LAST_LINES_S = 2.0
"""At a release's end its last lines, the outcome among them, get this long to reach a reader who is slow."""


def run_in_foreground(order: Order, folder: Path, *, output: str, release: Release | None = None) -> int:
    """Drive the release here, print each event, and give the exit code.

    `release` is what a worker that died has made of it so far. Neither a reader who stalls nor a terminal
    that is closed reaches the release: what is printed waits elsewhere, and the journal is the record.
    """
    gc.enable()
    _outlive_the_terminal()
    enter(order)
    write_order(order_of(folder), order)
    kind = Output(output)
    lines = _writer_to(sys.stdout, says_gaps=kind is Output.TEXT)
    troubles = _writer_to(sys.stderr, says_gaps=True)
    printer = Printer(lines, kind, release=release)
    with redirect_stderr(Aside(troubles)):
        try:
            return asyncio.run(drive(order, folder, listener=printer, foreground=True))
        finally:
            if missing := lines.finish(within_s=LAST_LINES_S):
                troubles.put(f"pithead: {missing}; the journal has them: {folder}\n")
            _ = troubles.finish(within_s=LAST_LINES_S)


def _outlive_the_terminal() -> None:
    """Let a terminal that hangs up, or that stops who writes from the background, end nothing here."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)


def _writer_to(stream: TextIO | None, *, says_gaps: bool) -> LineWriter:
    """Write to where a standard stream leads; it is None where the shell closed it."""
    if stream is None:
        return LineWriter(None)
    gap = gap_in_words if says_gaps else _no_gap
    return LineWriter(stream.fileno(), encoding=stream.encoding, gap=gap)


def _no_gap(_lines: int) -> str:
    return ""
