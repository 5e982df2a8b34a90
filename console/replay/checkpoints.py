"""The state of a release at any record: the nearest checkpoint, folded forward.

A checkpoint is the state itself in binary, thin and packed, kept as the fold passes by. So a state comes from
the fold and from nothing else, however it is reached.
"""

from __future__ import annotations

import msgspec

from console.release.fold import fold
from console.release.state import Release
from console.replay.pages import Pages
from console.replay.snapshots import Snapshot, restored, snapshot_of
from console.replay.zstd import zstd

EVERY_LINES = 64

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot | None).decode


class Checkpoints:
    """States of one release, each as many lines after the one before."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._kept: list[bytes] = []
        self._head: Release | None = None
        self._near: tuple[int, Release | None] = (0, None)
        self.folded = 0
        """How far the fold has come: up to here any state is near a checkpoint."""

    def fold_on(self, lines: int) -> None:
        """Fold that many lines further."""
        until = min(self.folded + lines, len(self._pages))
        while self.folded < until:
            stop = min(until, (self.folded // EVERY_LINES + 1) * EVERY_LINES)
            self._head = self._folded(self._head, self.folded, stop)
            self.folded = stop
            if stop % EVERY_LINES == 0:
                self._keep(self._head)

    def at(self, line: int) -> Release | None:
        """Give the state after that line; None before the first. What is not folded yet is folded now."""
        if line > self.folded:
            self.fold_on(line - self.folded)
        if line == self.folded:
            return self._head
        known, release = self._nearest(line)
        release = self._folded(release, known, line)
        self._near = (line, release)
        return release

    def _folded(self, release: Release | None, after: int, line: int) -> Release | None:
        for record in self._pages.between(after + 1, line):
            release = fold(release, record)
        return release

    def _keep(self, release: Release | None) -> None:
        packed = zstd.compress(_encode(snapshot_of(release) if release is not None else None), level=1)
        # A copy: what zstd gives keeps the room that the state would have needed unpacked.
        self._kept.append(bytes(memoryview(packed)))

    def _kept_at(self, line: int) -> Release | None:
        """Give the state of a checkpoint; None before the first record."""
        state = _decode(zstd.decompress(self._kept[line // EVERY_LINES - 1])) if line else None
        if state is None or self._head is None:
            return None
        return restored(state, plan=self._head.plan, seen=self._pages.seen(line, state.recent))

    def _nearest(self, line: int) -> tuple[int, Release | None]:
        """Give the state that is nearest before the line's: the one given last, or a checkpoint."""
        place = line // EVERY_LINES
        near, release = self._near
        if place * EVERY_LINES <= near <= line:
            return near, release
        return place * EVERY_LINES, self._kept_at(place * EVERY_LINES)
