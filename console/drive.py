"""One release from order to exit code: journal, socket and worker put together."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from console.alive import only_worker
from console.connect import connect
from console.control import Ask, serve
from console.journal import Journal
from console.notify.notifier import LAST_WORDS_S, Notifier
from console.order import Order
from console.places import journal_of, socket_of
from console.policy.decide import exit_code_when_left
from console.policy.permit import Command
from console.release.events import Record
from console.worker import Worker


async def drive(
    order: Order,
    folder: Path,
    *,
    listener: Callable[[Record], None] = lambda _record: None,
    interruptible: bool = False,
) -> int:
    """Drive the order's release in this process, and give its exit code.

    With `interruptible` (a pipeline that is cancelled) the first SIGINT or SIGTERM rolls back, the second
    one leaves as things are.
    """
    with only_worker(folder), Journal(journal_of(folder)) as journal:
        worker = Worker(order=order, journal=journal, ports=connect(order), now=time.time, listener=listener)
        async with await serve(socket_of(folder), worker.take), _telling(worker):
            running = asyncio.ensure_future(worker.run())
            if interruptible:
                _roll_back_on_signals(worker, order, running)
            try:
                return await running
            except asyncio.CancelledError:
                return exit_code_when_left(worker.release)


@asynccontextmanager
async def _telling(worker: Worker) -> AsyncIterator[None]:
    """Tell those whom the plan names, for as long as this lasts."""
    plan = worker.release.plan
    if not plan.notify and plan.grafana is None:
        yield
        return
    notifier = Notifier(worker.release, worker.note)
    worker.add_listener(notifier)
    try:
        yield
    finally:
        await notifier.finish(within_s=LAST_WORDS_S if worker.release.end else 0.0)


def _roll_back_on_signals(worker: Worker, order: Order, running: asyncio.Future[int]) -> None:
    loop = asyncio.get_running_loop()

    def on_signals(answer: Callable[[], object]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, answer)

    def roll_back() -> None:
        on_signals(running.cancel)
        # A refusal means that the release is on its way back already.
        worker.take(Ask(command=Command.ROLL_BACK, person=order.person, reason="the run was interrupted"))

    on_signals(roll_back)
