"""Hears every record of a release and tells those whom the plan names; nothing ever waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from msgspec import Struct

from console.notify.delivery import Delivery, Outcome
from console.notify.messages import annotation, message
from console.notify.sender import carry
from console.policy.situation import Situation, situation_of
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release

MOST_WAITING = 16
"""Of more messages to one address the oldest are dropped, and counted."""
AGAIN_AFTER_S = (2.0, 10.0)
"""A message that did not arrive is sent again after these times, then given up."""
LAST_WORDS_S = 5.0
"""At the end of a release its worker stays this long for what is still to be told."""

Carry = Callable[[Delivery], Awaitable[Outcome]]
Note = Callable[[ev.Notified | ev.NotifyFailed], None]


class Notifier:
    """A listener of the worker's; `note` puts on record what became of a message."""

    def __init__(self, release: Release, note: Note, *, carry: Carry = carry) -> None:
        """Begin where `release` is: what it went through so far is no news, but that it was taken up is."""
        self._release = release
        self._last = None if release.taken_up_by else situation_of(release)
        self._note = note
        self._carry = carry
        self._queues: dict[str, _Queue] = {}

    def __call__(self, record: ev.Record) -> None:
        """Hear one record; at once, whatever is still on its way."""
        if isinstance(record.event, ev.Notified | ev.NotifyFailed):
            return
        self._release = release = fold(self._release, record)
        news, self._last = situation_of(release), self._last
        if news is not None and news != self._last:
            self._tell(news, at=record.at)
        self._last = news
        if release.plan.grafana and (
            mark := annotation(release.plan.grafana, record.event, release, now=record.at)
        ):
            self._send(mark)

    async def finish(self, *, within_s: float) -> None:
        """Let what waits be told, for a while; what was not is on record too."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        for queue in self._queues.values():
            await queue.give_up()

    def _tell(self, news: Situation, *, at: float) -> None:
        for notice in self._release.plan.notify:
            if news.occasion in notice.on:
                self._send(message(notice, news, self._release, now=at))

    def _send(self, delivery: Delivery) -> None:
        queue = self._queues.setdefault(delivery.secret, _Queue(self._carry, self._note))
        queue.put(delivery)


class _Waiting(Struct, frozen=True):
    delivery: Delivery
    dropped: int
    """How many before it were let go."""


class _Queue:
    """The messages to one address, carried one after the other."""

    def __init__(self, carry: Carry, note: Note) -> None:
        self._carry = carry
        self._note = note
        self._waiting: deque[Delivery] = deque()
        self._dropped = 0
        self._now: Delivery | None = None
        self.task: asyncio.Task[None] | None = None

    def put(self, delivery: Delivery) -> None:
        """Queue a message; a full queue loses its oldest."""
        if len(self._waiting) == MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(delivery)
        if self.task is None or self.task.done():
            self.task = asyncio.ensure_future(self._empty())

    async def give_up(self) -> None:
        """Stop, and put on record what was not told."""
        if self.task is None or self.task.done():
            return
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        for delivery in (*([self._now] if self._now else []), *self._waiting):
            self._failed(delivery, "the release ended before it arrived")

    async def _empty(self) -> None:
        while self._waiting:
            self._now = delivery = self._waiting.popleft()
            await self._deliver(delivery)
            self._now = None

    async def _deliver(self, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for pause_s in (*AGAIN_AFTER_S, None):
            outcome = await self._carry(delivery)
            if not outcome.trouble:
                took_ms = (loop.time() - began) * 1000
                self._note(ev.Notified(to=delivery.secret, occasion=delivery.occasion, took_ms=took_ms))
                return
            if pause_s is None:
                self._failed(delivery, outcome.trouble)
            else:
                await asyncio.sleep(pause_s)

    def _failed(self, delivery: Delivery, trouble: str) -> None:
        dropped, self._dropped = self._dropped, 0
        self._note(
            ev.NotifyFailed(to=delivery.secret, occasion=delivery.occasion, trouble=trouble, dropped=dropped)
        )
