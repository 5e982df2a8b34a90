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
        self._last: Path | None = None
        self._made = 0

    def __call__(self, setup: Setup, promises: Promises) -> Staged:
        if self._last is not None:
            shutil.rmtree(self._last)
        self._made += 1
        self._last = self._folder / str(self._made)
        self._last.mkdir()
        return Staged(setup, promises, folder=self._last, loop=self._loop)

    def close(self) -> None:
        self._loop.close()
