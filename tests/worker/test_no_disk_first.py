"""The first write of a way back, and what it does not wait for on this host."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from console.host import order as orders
from console.host.order import Order, Reach, read_order, write_order
from console.host.places import order_of
from console.private import put_private
from console.worker import drive as driving
from console.worker.ports import Ports
from tests.releases import ANA, plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand, ToyPods, World

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

PLAN = plan(stage(10, hold_s=3600.0), interval_s=5.0)
CEILING_S = 60.0


def order(*, first: Literal["", "rollback"] = "rollback") -> Order:
    return Order(
        release="checkout-1", plan=PLAN, reach=Reach(), person=ANA, attended=True, first=first, leased=False
    )


class Disk:
    """A disk that `holds` all flushes until a write has reached the router."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, holds: bool = True) -> None:
        self._holds = holds
        self.written = threading.Event()
        self.waited: list[str] = []
        """What was done on the event loop before that."""
        monkeypatch.setattr(os, "fsync", self._fsync)
        monkeypatch.setattr(orders, "put_private", self._put)

    def _fsync(self, _fd: int) -> None:
        if threading.current_thread() is threading.main_thread():
            self._note("a flush")
        elif self._holds:
            self.written.wait(CEILING_S)

    def _put(self, path: Path, data: bytes) -> None:
        self._note(f"{path.name} was written")
        put_private(path, data)

    def _note(self, what: str) -> None:
        if not self.written.is_set():
            self.waited.append(what)


async def until_written(folder: Path, given: Order, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> World:
    """Let a worker drive this order until a write has reached the router: a way back begins at 10%."""
    world = World()
    world.router.weight = 10 if given.first else 0
    world.router.after_write = lambda _weight: disk.written.set()
    pods = ToyPods()
    ports = Ports(
        router=world.router, source=lambda: world.source, stable_pods=pods, canary_pods=pods, cluster="toy"
    )
    monkeypatch.setattr(driving, "connect", lambda _order: ports)
    worker = asyncio.ensure_future(driving.drive(given, folder))
    assert await asyncio.to_thread(disk.written.wait, CEILING_S)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker
    return world


def test_no_disk_is_waited_for_before_the_first_write_of_a_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_order(order_of(tmp_path), order())
    disk = Disk(monkeypatch)
    world = asyncio.run(until_written(tmp_path, order(), disk, monkeypatch))
    assert world.router.weight == 0
    assert disk.waited == []


def test_who_goes_forward_notes_in_the_order_that_a_weight_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_order(order_of(tmp_path), order(first=""))
    disk = Disk(monkeypatch, holds=False)
    world = asyncio.run(until_written(tmp_path, order(first=""), disk, monkeypatch))
    assert world.router.weight == 10
    assert read_order(order_of(tmp_path)).moved


@virtually
async def test_nothing_is_looked_at_before_the_first_write_of_a_way_back_is_answered(tmp_path: Path) -> None:
    world = World()
    world.router.weight = 10
    world.router.before_write = lambda _weight: 3.0
    stand = Stand(tmp_path, PLAN, world=world, first="rollback")
    running = asyncio.ensure_future(stand.run())
    await asyncio.sleep(2.9)
    assert (world.router.written, world.source.ticks) == ([], 0)
    await asyncio.sleep(0.2)
    assert ([weight for _, weight in world.router.written], world.source.ticks) == ([0], 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@virtually
async def test_behind_a_first_write_that_hangs_the_looks_begin_one_interval_later(tmp_path: Path) -> None:
    world = World()
    world.router.weight = 10
    world.router.before_write = lambda _weight: 600.0
    stand = Stand(tmp_path, PLAN, world=world, first="rollback")
    running = asyncio.ensure_future(stand.run())
    await asyncio.sleep(PLAN.interval_s + 0.1)
    assert (world.router.written, world.source.ticks) == ([], 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
