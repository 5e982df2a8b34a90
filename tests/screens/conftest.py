"""Screens' tests wait until a screen has nothing left to do, and not until the machine seems to be idle."""

from __future__ import annotations

import asyncio

import pytest
from textual import pilot

ROUNDS, ROUND_S = 2, 0.01
"""Looks in a row, and seconds between them, at which the loop must have nothing to do."""
LONGEST_S = 60.0
"""An app that never rests is waited for no longer."""


async def nothing_is_ready(_min_sleep: float = 0.0, _max_sleep: float = 0.0) -> None:
    """Wait until the loop has nothing to do.

    Textual itself looks at how much the process computes. One that a busy machine leaves without a core for a
    moment computes nothing either, and would be looked at before it has painted.
    """
    loop = asyncio.get_running_loop()
    quiet, until = 0, loop.time() + LONGEST_S
    while quiet < ROUNDS and loop.time() < until:
        await asyncio.sleep(ROUND_S)
        ready = loop._ready  # type: ignore[attr-defined]  # asyncio says it nowhere else
        quiet = 0 if ready else quiet + 1


@pytest.fixture(autouse=True)
def rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "wait_for_idle", nothing_is_ready)
