"""The release and its journal, which are one: what is written down is folded at once, and never otherwise.

A disk that takes no record stops nothing here. The records wait in memory in their order, the release knows
it (`JournalStuck`, so that the policy lets nothing go forward), and each tick tries again. Waiting for the
disk happens in a thread: a rollback does not wait for it, a forward write does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from msgspec.structs import replace

from console.journal import Journal, Past
from console.journal.checkpoint import EVERY_RECORDS, packed_checkpoint
from console.redact import without_ours
from console.release import events as ev
from console.release.carried import packed
from console.release.events.run import opening_of
from console.release.fold import fold
from console.release.state import Release
from console.threads import in_thread

Listener = Callable[[ev.Record], None]
Call = Callable[[Callable[[], None]], Awaitable[None]]
"""Runs a blocking call off the event loop."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ev.AnyEvent).decode

RETRY_S = 1.0
"""Seconds between two tries of a disk that takes nothing, at a release's end."""


class Book:
    """Writes down what happens to one release."""

    def __init__(
        self,
        journal: Journal,
        *,
        now: Callable[[], float],
        past: Past | None = None,
        call: Call | None = None,
    ) -> None:
        """`past` is what the journal holds already, `now` the time of its records.

        `call` waits for the disk off the event loop: in a thread, unless said otherwise.
        """
        self._journal = journal
        self.now = now
        self.release = past.release if past else None
        """The release by now; None before its first record."""
        self.torn_bytes = past.torn_bytes if past else 0
        """What a crash had left of a last record."""
        self._listeners: list[Listener] = []
        self._call = call or partial(in_thread, name="journal")
        self._last_at = 0.0
        self._flushing: asyncio.Task[None] | None = None
        self._folded = past is None or past.folded
        self._checkpoint_at = 0
        """The record of the last checkpoint that was begun."""

    @property
    def overfull(self) -> bool:
        """Whether too many records wait for the disk: samples are then left out."""
        return self._journal.overfull

    @property
    def trouble(self) -> str:
        """Why records are only in memory; empty while the disk takes them."""
        return self._journal.trouble

    def add_listener(self, listener: Listener) -> None:
        """Call one more listener with each record from here on."""
        self._listeners.append(listener)

    def write(self, *events: ev.AnyEvent) -> None:
        """Write events down, at this instant; never waits, and never fails for the disk's sake."""
        for event in events:
            self._write(event)
        self._say_harm()
        self._say_trouble()

    def keep_up(self) -> None:
        """Try again what the disk did not take, and let what it took become safe, without waiting for it."""
        self._journal.hand_over()
        self._say_harm()
        self._say_trouble()
        if self._flushing is None and self._journal.safe < self._journal.handed:
            self._flushing = asyncio.ensure_future(self._flush())

    async def _keep_checkpoint(self) -> None:
        """Keep a checkpoint where one is due, and no record waits in memory."""
        release, place = self.release, self._journal.place
        due = place is not None and place.n >= self._checkpoint_at + EVERY_RECORDS
        if release is None or place is None or not due or not self._folded:
            return
        self._checkpoint_at = place.n
        await self._call(partial(self._journal.keep, packed_checkpoint(release, place)))

    async def safe(self, *, within_s: float) -> bool:
        """Wait up to `within_s` seconds; return whether all records until now are on the disk."""
        wanted = self._journal.appended
        try:
            async with asyncio.timeout(within_s):
                while self._journal.safe < wanted:
                    self.keep_up()
                    if self._flushing is None:
                        return False
                    await asyncio.shield(self._flushing)
                    if self._journal.trouble:
                        return False
        except TimeoutError:
            return False
        return True

    async def last_flush(self, *, within_s: float) -> bool:
        """Try for a while to get all records onto the disk; return whether they are."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while not await self.safe(within_s=max(0.0, until - loop.time())):
            if loop.time() >= until:
                return False
            await asyncio.sleep(RETRY_S)
        return True

    def _write(self, event: ev.AnyEvent) -> None:
        # Times in a journal never go back, whatever is done to the clock.
        self._last_at = max(self._last_at, self.now())
        record = ev.Record(n=self._journal.last + 1, at=self._last_at, event=_without_secrets(event))
        self._journal.append(record)
        self.release = fold(self.release, record)
        for listener in self._listeners:
            listener(record)

    def _say_harm(self) -> None:
        """Tell that the file was put back; begin it anew where its lines are lost, with the state by now."""
        restored = self._journal.restored()
        if restored is not None and self.release is not None:
            self._write(restored)
        if self._journal.lost and self.release is not None:
            self._begin_anew(self.release)

    def _begin_anew(self, release: Release) -> None:
        # Its time is that at which the release began: from the file alone, too, one sees how old it is.
        first = ev.Record(n=self._journal.last + 1, at=release.opened_at, event=opening_of(release))
        try:
            restored = self._journal.begin_anew(first)
        except OSError:
            return  # the journal says that its lines wait, and the next tick tries again
        self._write(replace(restored, state=packed(release)))

    def _say_trouble(self) -> None:
        if self.release is None:
            return
        trouble = self._journal.trouble
        if trouble and not self.release.unrecorded:
            self._write(ev.JournalStuck(trouble=trouble))
        elif self.release.unrecorded and not trouble:
            self._write(ev.JournalMended())

    async def _flush(self) -> None:
        handed = self._journal.handed
        try:
            await self._call(self._journal.flush)
        except OSError as error:
            self._journal.is_not_safe(error)
        else:
            self._journal.is_safe(handed)
            await self._keep_checkpoint()
        finally:
            self._flushing = None
        self._say_trouble()


def _without_secrets(event: ev.AnyEvent) -> ev.AnyEvent:
    """Let nothing on record that this process knows to be a secret, whatever has brought it here."""
    if isinstance(event, ev.ReleaseOpened):
        return event  # the plan, which names only the places of secrets, and is driven as it is on record
    told = _encode(event).decode()
    harmless = without_ours(told)
    return event if harmless == told else _decode(harmless)
