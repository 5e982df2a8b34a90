from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.command import Command
from console.host import unheard as room
from console.host.control import ControlClient, serve
from console.host.unheard import Unheard
from tests.releases import ANA


async def connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(path)
    await asyncio.sleep(0)
    return reader, writer


async def test_who_says_nothing_is_dropped_and_who_speaks_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SILENT_S", 0.0)
    path, unheard = tmp_path / "release" / "control.sock", Unheard()
    server = await serve(path, lambda _ask: "heard", unheard=unheard)
    silent, of_silent = await connected(path)
    speaker, of_speaker = await connected(path)
    of_speaker.write(b'"how"\n')
    assert await speaker.readline()
    unheard.drop()
    assert await silent.read() == b""
    of_speaker.write(b'"how"\n')
    assert await speaker.readline()
    assert await ControlClient(path, ANA).send(Command.PAUSE) == "heard"
    of_silent.close()
    of_speaker.close()
    server.close()


async def test_who_has_only_just_connected_may_still_speak(tmp_path: Path) -> None:
    path, unheard = tmp_path / "release" / "control.sock", Unheard()
    server = await serve(path, lambda _ask: "heard", unheard=unheard)
    late, of_late = await connected(path)
    await ControlClient(path, ANA).send(Command.PAUSE)  # the one before it is let in by now
    unheard.drop()
    of_late.write(b'"how"\n')
    assert await late.readline()
    of_late.close()
    server.close()
