from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from pathlib import Path

import msgspec
import pytest

from console.command import Command
from console.errors import ControlError
from console.host import control
from console.host.control import LINE_BYTES, Ask, ControlClient, Standing, serve
from console.host.places import OPEN_FILES, former_sockets, socket_of
from console.policy.headline import Line, Tone
from console.policy.progress import Progress, Step
from tests.releases import ANA


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "private" / "control.sock"


async def test_a_command_arrives_with_its_person_and_reason(path: Path) -> None:
    taken: list[Ask] = []

    def take(ask: Ask) -> str:
        taken.append(ask)
        return ""

    async with await serve(path, take):
        assert await ControlClient(path, ANA).send(Command.ROLL_BACK, reason="pager") == ""
    assert taken == [Ask(command=Command.ROLL_BACK, person=ANA, reason="pager")]


async def test_a_reason_that_is_no_utf_8_keeps_no_rollback_back(path: Path) -> None:
    reasons: list[str] = []

    def take(ask: Ask) -> str:
        reasons.append(ask.reason)
        return ""

    async with await serve(path, take):
        assert await ControlClient(path, ANA).send(Command.ROLL_BACK, reason="pag\udce9r") == ""
    assert reasons == ["pag?r"]


async def test_a_refusal_comes_back_in_words(path: Path) -> None:
    async with await serve(path, lambda _ask: "it is not paused"):
        assert await ControlClient(path, ANA).send(Command.RESUME) == "it is not paused"


async def test_how_a_release_stands_is_told_to_who_asks(path: Path) -> None:
    verdict = Line(tone=Tone.WAIT, word="BLIND", text="no evidence for 5s")
    standing = Standing(line=verdict, back=Progress(step=Step.NONE, words="BLIND: no evidence for 5s"))
    async with await serve(path, lambda _ask: "", tell=lambda: standing):
        assert await ControlClient(path, ANA).how() == verdict
    assert await ControlClient(path.with_name("nobody"), ANA).how() is None


async def test_only_its_owner_gets_to_the_socket(path: Path) -> None:
    async with await serve(path, lambda _ask: ""):
        modes = [place.stat().st_mode & 0o777 for place in (path, path.parent)]
    assert modes == [0o600, 0o700]


@pytest.mark.parametrize("command", [Command.PAUSE, Command.ROLL_BACK])
async def test_a_dead_worker_is_a_sentence(
    command: Command, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "REACH_S", 0.05)
    path.parent.mkdir()
    assert "can't be reached" in await ControlClient(path, ANA).send(command)


async def test_a_rollback_waits_for_a_socket_that_was_taken_away(path: Path) -> None:
    asked = asyncio.ensure_future(ControlClient(path, ANA).send(Command.ROLL_BACK))
    refused = await ControlClient(path, ANA).send(Command.PROMOTE)
    assert "can't be reached" in refused
    async with await serve(path, lambda _ask: ""):
        assert await asked == ""


async def test_a_command_that_a_stopped_worker_does_not_answer_is_taken_once_it_wakes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_S", 0.05)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as stopped:
        stopped.bind(str(path))
        stopped.listen()
        assert "it takes the command once it wakes" in await ControlClient(path, ANA).send(Command.ROLL_BACK)
        waking, _ = stopped.accept()
        with waking:
            assert b'"roll_back"' in waking.recv(LINE_BYTES)


async def test_a_socket_left_by_a_dead_worker_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with await serve(path, lambda _ask: ""):
        assert await ControlClient(path, ANA).send(Command.PAUSE) == ""


@pytest.mark.parametrize("noise", [b"nonsense\n", b"[" * 5000 + b"\n", b"\xff\n", b'{"command":"explode"}\n'])
async def test_noise_is_refused_and_the_line_stays(path: Path, noise: bytes) -> None:
    async with await serve(path, lambda _ask: ""):
        reader, writer = await asyncio.open_unix_connection(path)
        for _ in range(2):
            writer.write(noise)
            assert b"this is no command" in await reader.readline()
        writer.close()


async def test_a_line_beyond_all_measure_ends_its_connection_only(path: Path) -> None:
    async with await serve(path, lambda _ask: ""):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * (2 * LINE_BYTES))
        assert await _rest(reader) == b""
        writer.close()
        assert await ControlClient(path, ANA).send(Command.PAUSE) == ""


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_folder_of_someone_else_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    monkeypatch.setattr("os.getuid", lambda: 12345)
    with pytest.raises(ControlError, match="belongs to someone else"):
        await serve(path, lambda _ask: "")


async def test_another_users_link_to_a_folder_is_not_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = path.parent.with_name("kept")
    kept.mkdir(mode=0o755)
    path.parent.symlink_to(kept)
    before = Path.lstat

    def lstat(self: Path) -> os.stat_result:
        found = list(before(self))
        found[4] = 12345 if self == path.parent else found[4]
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", lstat)
    with pytest.raises(ControlError, match="belongs to someone else"):
        await serve(path, lambda _ask: "")
    assert kept.stat().st_mode & 0o777 == 0o755


async def test_nothing_is_sent_to_another_users_worker(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as others:
        others.bind(str(path))
        others.listen()
        monkeypatch.setattr("console.host.control._peer_uid", lambda _peer: 12345)
        assert "served by another user" in await ControlClient(path, ANA).send(Command.ROLL_BACK)
        connection, _ = others.accept()
        with connection:
            assert await asyncio.to_thread(connection.recv, LINE_BYTES) == b""


async def test_another_user_is_not_served(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Ask] = []

    def take(ask: Ask) -> str:
        taken.append(ask)
        return ""

    async with await serve(path, take):
        monkeypatch.setattr("console.host.control._peer_uid", lambda _peer: 12345)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(msgspec.json.encode(Ask(command=Command.PAUSE, person=ANA)) + b"\n")
        assert await _rest(reader) == b""
        writer.close()
    assert taken == []


async def test_a_read_only_line_says_so(path: Path) -> None:
    taken: list[Ask] = []

    def take(ask: Ask) -> str:
        taken.append(ask)
        return "no"

    async with await serve(path, take):
        assert await ControlClient(path, ANA, read_only=True).send(Command.ROLL_BACK) == "no"
    assert taken == [Ask(command=Command.ROLL_BACK, person=ANA, read_only=True)]


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def long_folder(tmp_path: Path) -> Path:
    folder = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)
    folder.mkdir(parents=True)
    return folder


async def test_a_long_path_is_served_whatever_the_temporary_folder_is_at_either_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = long_folder(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "the-workers"))
    async with await serve(socket_of(folder), lambda _ask: "no"):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "the-viewers"))
        assert await ControlClient(socket_of(folder), ANA).send(Command.PAUSE) == "no"
        assert socket_of(folder).stat().st_mode & 0o777 == 0o600
    assert socket_of(folder) == folder / "control.sock"
    assert not {"the-workers", "the-viewers"} & names_in(tmp_path)


async def test_a_worker_of_an_older_pithead_is_found_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = long_folder(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    former, *_ = former_sockets(socket_of(folder))
    async with await serve(former, lambda _ask: "no"):
        assert await ControlClient(socket_of(folder), ANA).send(Command.PAUSE) == "no"


def test_where_no_open_folder_can_name_it_a_long_path_is_in_the_users_runtime_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.host.places.OPEN_FILES", tmp_path / "no-proc")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert socket_of(long_folder(tmp_path)).parent == Path("/run/user/1000/pithead")


async def test_no_descriptor_is_left_behind_by_a_long_path(tmp_path: Path) -> None:
    path = socket_of(long_folder(tmp_path))
    before = len(names_in(OPEN_FILES))
    async with await serve(path, lambda _ask: ""):
        for _ in range(5):
            assert await ControlClient(path, ANA).send(Command.PAUSE) == ""
    await asyncio.sleep(0.05)
    assert await ControlClient(path.with_name("nobody.sock"), ANA).send(Command.PAUSE) != ""
    assert len(names_in(OPEN_FILES)) <= before
