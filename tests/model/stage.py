"""Where workers are staged: a folder, and one loop in virtual time for all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.model.promises import Promises
from tests.model.setups import Setup
from tests.model.staged import Deaf, Staged
from tests.virtual_time import VirtualTimeLoop


class Stage:
    """Makes one staged release after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = VirtualTimeLoop(Deaf())
        self._last: Staged | None = None
        self._made = 0

    def __call__(self, setup: Setup, promises: Promises) -> Staged:
        self._clear()
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        self._last = Staged(setup, promises, folder=folder, loop=self._loop)
        return self._last

    def _clear(self) -> None:
        """Leave nothing of the last release: one that broke a promise still has its worker and its files."""
        if self._last is None:
            return
        self._last.leave()
        shutil.rmtree(self._last.folder)
        self._last = None

    def close(self) -> None:
        self._clear()
        self._loop.close()
