"""The worker of a demo's release ends with its laboratory, however that ends, and writes it down."""

from __future__ import annotations

import asyncio
from pathlib import Path

from console.host.laboratory import is_closed
from console.worker.worker import Worker

LOOK_S = 0.5
"""Seconds between two looks at the laboratory's lock, and so the longest that a worker outlives it.

A look costs microseconds."""


async def end_with_the_laboratory(worker: Worker, folder: Path) -> None:
    """Wait for the laboratory's end, then end the release."""
    while not is_closed(folder):  # noqa: ASYNC110 - another process's lock sets no event here
        await asyncio.sleep(LOOK_S)
    worker.close()
