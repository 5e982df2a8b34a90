from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from console.errors import UsageError
from console.lab import ports as module
from console.lab.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ports() -> Iterator[Ports]:
    ports = Ports()
    yield ports
    ports.give_back()


def only(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a single port to choose."""
    monkeypatch.setattr(module, "_LOWEST", port)
    monkeypatch.setattr(module, "_HIGHEST", port + 1)


def test_a_program_can_listen_on_it(ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", ports.take())) as server:
        assert server.getsockname()[1] >= 20000


def test_two_labs_never_take_the_same(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    only(ports.take(), monkeypatch)
    with pytest.raises(UsageError, match="No free port"):
        Ports().take()


def test_what_was_given_back_can_be_taken_again(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    port = ports.take()
    only(port, monkeypatch)
    ports.give_back()
    assert ports.take() == port


def test_a_port_that_somebody_listens_on_is_passed_by(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        only(server.getsockname()[1], monkeypatch)
        with pytest.raises(UsageError, match="No free port"):
            ports.take()
