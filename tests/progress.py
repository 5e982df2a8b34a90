"""Says that the run lives where it prints nothing for a while, and what it waits for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SILENT_S = 8.0
"""After this long without a result the tests under way are named."""


class Progress:
    """A plugin of the process that prints: it hears when each test begins and ends, wherever it runs."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._began = self._printed = time.monotonic()
        self._running: dict[str, float] = {}
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="progress", daemon=True).start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note a test that begins."""
        self._running[nodeid] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note a test that ends: pytest prints its dot."""
        self._running.pop(nodeid, None)
        self._printed = time.monotonic()

    def pytest_sessionfinish(self) -> None:
        """Say nothing more."""
        self._over.set()

    def words(self, now: float) -> str:
        """Name what is under way, and for how long."""
        running = ", ".join(
            f"{nodeid} ({now - since:.0f} s)" for nodeid, since in tuple(self._running.items())
        )
        return f"[{now - self._began:.0f} s] under way: {running or 'nothing yet'}"

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            now = time.monotonic()
            if now - self._printed >= SILENT_S:
                self._printed = now
                self._terminal.write_line("")
                self._terminal.write_line(self.words(now))
