"""What makes a worker of this host certainly dead, and each doubt that keeps it from that."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.host.alive import only_worker
from console.host.control import serve
from console.host.died import died_here
from console.host.life import new_life
from console.host.order import Order, Reach, write_order
from console.host.places import lock_of, order_of, releases_folder, socket_of
from console.person import Person
from tests.releases import plan, stage

if TYPE_CHECKING:
    from pathlib import Path

NAME = "checkout-20260102-150405"
ORDER = Order(
    release=NAME,
    plan=plan(stage(10)),
    reach=Reach(),
    person=Person(login="ana", host=socket.gethostname()),
    attended=True,
)
IDENTITY = ORDER.identity


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a release whose worker has died: its order, and a lock that nobody holds."""
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    made = releases_folder() / NAME
    made.mkdir(parents=True)
    write_order(order_of(made), ORDER)
    lock_of(made).touch()
    return made


@pytest.mark.usefixtures("folder")
def test_one_whose_lock_nobody_holds_is() -> None:
    assert died_here(IDENTITY)


def test_also_where_another_person_has_gone_on_with_it_since(folder: Path) -> None:
    write_order(order_of(folder), replace(ORDER, person=Person(login="eve", host=socket.gethostname())))
    assert died_here(IDENTITY)


def test_one_that_holds_its_lock_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with only_worker(folder):
        monkeypatch.setattr("console.host.died.os.getpid", lambda: 1)  # whoever asks is another process
        assert not died_here(IDENTITY)
    assert died_here(IDENTITY)


def test_who_has_its_lock_knows_that_each_worker_before_is(folder: Path) -> None:
    with only_worker(folder):
        assert died_here(f"{IDENTITY}/{new_life()}")


@pytest.mark.usefixtures("folder")
def test_a_worker_of_a_copy_of_the_folder_on_a_host_of_the_same_name_is_not() -> None:
    assert died_here(f"{IDENTITY}/{new_life()}")
    assert not died_here(f"{IDENTITY}/00000000-11111111")


def test_nor_is_one_whose_lock_was_taken_away(folder: Path) -> None:
    lock_of(folder).unlink()
    assert not died_here(IDENTITY)


def test_nor_one_that_listens_at_its_socket(folder: Path) -> None:
    async def listening() -> bool:
        async with await serve(socket_of(folder), lambda _ask: ""):
            return died_here(IDENTITY)

    assert not asyncio.run(listening())
    assert died_here(IDENTITY)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "identity",
    [
        "",
        "bob",
        f"ana@{socket.gethostname()}/{NAME}/0000aaaa",
        f"ana@another-host/{IDENTITY.partition('/')[2]}",
        f"ana@{socket.gethostname()}/checkout-20990101-000000/0000aaaa",
        f"ana@{socket.gethostname()}/../{NAME}",
    ],
    ids=["nobody", "no worker", "another worker", "another host", "another release", "a path"],
)
def test_nor_any_that_is_not_certainly_of_this_host(identity: str) -> None:
    assert not died_here(identity)


def test_nor_one_whose_order_can_not_be_read(folder: Path) -> None:
    order_of(folder).write_text("{")
    assert not died_here(IDENTITY)
