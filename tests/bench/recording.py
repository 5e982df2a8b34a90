"""A release whose journal lies on disk, or grows there by a tick a second, made by the real policy."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from console.host.places import journal_of
from tests.screens import stories

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

PAST_S = 180.0


class Recording:
    """A release that began three minutes ago; inside `with` it goes on, a tick a second."""

    def __init__(self, home: Path) -> None:
        folder = home / "releases" / "checkout-1"
        folder.mkdir(parents=True)
        self.journal = journal_of(folder)
        self._teller = stories.told(PAST_S, of=stories.plan(interval_s=1.0, hold_s=50.0))
        self._shift_s = time.time() - self._teller.at
        self._written = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._append()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._ended.wait(self._teller.at + 1.0 + self._shift_s - time.time()):
            self._teller.run(1.0)
            self._append()

    def _append(self) -> None:
        fresh = self._teller.records[self._written :]
        with self.journal.open("ab") as file:
            file.writelines(
                msgspec.json.encode(replace(record, at=record.at + self._shift_s)) + b"\n" for record in fresh
            )
        self._written += len(fresh)
