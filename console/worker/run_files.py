"""The socket and the lock in a release's folder: made again where somebody deletes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from console.errors import ControlError, UsageError
from console.host.alive import Lock
from console.host.control import Take, Tell, serve
from console.host.unheard import Unheard

LOOK_S = 1.0


@asynccontextmanager
async def kept(
    path: Path,
    take: Take,
    lock: Lock | None,
    *,
    tell: Tell | None = None,
    unheard: Unheard | None = None,
    can_wait: bool = False,
) -> AsyncIterator[None]:
    """Listen for viewers at `path`, and keep the lock, for as long as this lasts.

    With `can_wait` a socket that can't be made now, on a full disk, is made once it can. Viewers that have
    said nothing yet are noted in `unheard`.
    """
    house = _RunFiles(path, take, tell, lock, unheard)
    try:
        await house.open()
    except (OSError, ControlError):
        if not can_wait:
            raise
    keeping = asyncio.ensure_future(house.keep())
    try:
        yield
    finally:
        keeping.cancel()
        house.leave()


class _RunFiles:
    def __init__(
        self, path: Path, take: Take, tell: Tell | None, lock: Lock | None, unheard: Unheard | None
    ) -> None:
        self._path = path
        self._take = take
        self._tell = tell
        self._lock = lock
        self._unheard = unheard
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def open(self) -> None:
        self._server = await serve(self._path, self._take, tell=self._tell, unheard=self._unheard)
        self._inode = self._path.stat().st_ino

    def leave(self) -> None:
        """Close the socket, and take it away where it is ours still."""
        self.close()
        with suppress(OSError):
            if self._is_there():
                self._path.unlink()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(OSError, UsageError, ControlError):  # no folder, no descriptor: the next look may
                if self._lock is not None:
                    self._lock.renew()
                if not self._is_there():
                    self.close()
                    await self.open()

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False
