"""One release from order to exit code: journal, socket and worker put together."""

from __future__ import annotations

import asyncio
import errno
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from console.errors import UsageError
from console.host.alive import only_worker
from console.host.order import Order, keep_identity, keep_moved
from console.host.places import journal_of, order_of, socket_of
from console.host.unheard import Unheard
from console.journal import Journal
from console.notify.notifier import LAST_WORDS_S, Notifier
from console.policy.ending import exit_code_when_left
from console.policy.progress import Progress
from console.release import events as ev
from console.threads import standing_by
from console.worker.book import Book, Listener
from console.worker.clock import Clock
from console.worker.connect import connect
from console.worker.found import found_at
from console.worker.laboratory import end_with_the_laboratory
from console.worker.record import by_the_record
from console.worker.run_files import kept
from console.worker.signals import Signals, heard, heed, on_stop
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.worker import Worker

LAST_FLUSH_S = 60.0
"""Seconds that a worker tries, at its end, to get the last records onto the disk."""


async def drive(
    order: Order,
    folder: Path,
    *,
    listener: Listener | None = None,
    foreground: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> int:
    """Drive the order's release in this process, and give its exit code; go on with one whose worker died.

    In the `foreground` (a pipeline) a first SIGINT or SIGTERM rolls back unless the plan says otherwise.
    `on_progress` hears after each record where the rollback stands.
    """
    back = bool(order.first)
    alone = only_worker(folder, can_do_without=back)
    with heard() as signals, alone as lock, standing_by(), SpareDescriptors() as spare:
        unheard = Unheard()
        _let_go_when_out_of_descriptors(spare, unheard)
        found = found_at(journal_of(folder), order)
        past = found.past
        if past is not None and past.ended is not None:
            return past.ended.exit_code
        with Journal(journal_of(folder), past=past, can_wait=back) as journal:
            book = Book(journal, now=Clock(not_before=past.place.at if past else 0.0), past=past)
            if listener is not None:
                book.add_listener(listener)
            order = by_the_record(order, book.release)
            book.add_listener(partial(_keep_identity, folder))
            if not back:  # whose first weight is the way back, before which no disk is waited for
                book.add_listener(partial(_keep_moved, folder))
            ports = connect(order)
            gc.enable()  # all is loaded that will be: `console.__main__` let it rest until here
            worker = Worker(order=order, book=book, ports=ports, spare=spare, replaced=found.replaced)
            if on_progress is not None:
                book.add_listener(lambda _record: on_progress(worker.tell().back))
                on_progress(worker.tell().back)
            door = kept(
                socket_of(folder), worker.take, lock, tell=worker.tell, unheard=unheard, can_wait=back
            )
            async with door:
                try:
                    async with _telling(worker, book), _in_its_laboratory(worker, order, folder):
                        return await _driven(worker, order, signals, foreground=foreground)
                finally:
                    await _leave_nothing_unwritten(book)


def _keep_identity(folder: Path, record: ev.Record) -> None:
    """Note in the order what the release is about, for a way back that can't go by its journal."""
    if isinstance(record.event, ev.Identified):
        with suppress(UsageError):  # a full disk: the journal has it, or nothing goes forward
            keep_identity(order_of(folder), record.event.identity)


def _keep_moved(folder: Path, record: ev.Record) -> None:
    """Note in the order that a weight was asked for: a journal without its end does not tell who goes on."""
    if isinstance(record.event, ev.WeightRequested) and record.event.number == 1:
        with suppress(UsageError):  # as above
            keep_moved(order_of(folder))


async def _driven(worker: Worker, order: Order, signals: Signals, *, foreground: bool) -> int:
    running = asyncio.ensure_future(worker.run())
    heed(signals, worker, order.person, running, then=on_stop(worker.release.plan, foreground=foreground))
    try:
        return await running
    except asyncio.CancelledError:
        return exit_code_when_left(worker.release)


@asynccontextmanager
async def _in_its_laboratory(worker: Worker, order: Order, folder: Path) -> AsyncIterator[None]:
    """End a demo's release with its laboratory, while this lasts; a real one has none."""
    if not order.laboratory:
        yield
        return
    watching = asyncio.ensure_future(end_with_the_laboratory(worker, folder))
    try:
        yield
    finally:
        watching.cancel()


async def _leave_nothing_unwritten(book: Book) -> None:
    if not await book.last_flush(within_s=LAST_FLUSH_S):
        sys.stderr.write(f"pithead: the journal's last records are lost: {book.trouble}\n")


def _let_go_when_out_of_descriptors(spare: SpareDescriptors, unheard: Unheard) -> None:
    """Hear a rollback: asyncio tells of a viewer whom it has no descriptor for, and tries again soon.

    What the spare had others may take who say nothing, and who were there first: they go.
    """

    def on_trouble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            spare.let_go()
            unheard.drop()
        else:
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(on_trouble)


@asynccontextmanager
async def _telling(worker: Worker, book: Book) -> AsyncIterator[None]:
    """Tell those whom the plan names, for as long as this lasts."""
    plan = worker.release.plan
    if not plan.notify and plan.grafana is None:
        yield
        return
    notifier = Notifier(worker.release, worker.note)
    book.add_listener(notifier)
    try:
        yield
    finally:
        await notifier.finish(within_s=LAST_WORDS_S if worker.release.end else 0.0)
