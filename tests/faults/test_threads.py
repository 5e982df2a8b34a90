"""A machine that starts no thread any more: a limit of processes is reached, or memory is short."""

from __future__ import annotations

import asyncio
import threading

import pytest

from console import threads
from console.errors import ExitCode
from console.release import events as ev
from console.threads import Standby, in_thread, now_urgent, standing_by
from tests.faults.api_wire import Drive, FaultyApi
from tests.faults.patient_time import patiently
from tests.faults.test_api_server import LONG, after_looks, api

__all__ = ["api"]


class NoThread(threading.Thread):
    """What the system gives where it starts none."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


def test_a_rollback_reaches_the_api_server_where_no_thread_can_be_started(
    api: FaultyApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @patiently
    async def here() -> None:
        with standing_by():
            drive = Drive(api, LONG)

            def begin() -> None:
                monkeypatch.setattr(threads, "Thread", NoThread)
                drive.press_roll_back()

            after_looks(drive, 3, begin)
            assert await drive.run(for_s=120.0) == ExitCode.ROLLED_BACK_BY_PERSON
        assert api.weights == [10, 0]
        assert len(drive.all_of(ev.WriteFailed)) == 0

    here()


def test_a_look_for_which_no_thread_can_be_started_says_so_and_is_no_defect(
    api: FaultyApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @patiently
    async def here() -> None:
        with standing_by():
            drive = Drive(api, LONG)

            def begin() -> None:
                monkeypatch.setattr(threads, "Thread", NoThread)
                after_looks(drive, 6, drive.press_roll_back)

            after_looks(drive, 3, begin)
            assert await drive.run(for_s=120.0) == ExitCode.ROLLED_BACK_BY_PERSON
        unread = drive.all_of(ev.RouterUnread)[0].event
        assert isinstance(unread, ev.RouterUnread)
        assert unread.why.startswith(
            "Nothing was asked of the cluster: this machine starts no thread any more."
        )
        assert "ulimit -u" in unread.why

    here()


async def test_what_is_not_urgent_is_refused_and_what_is_urgent_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with standing_by(1):
        monkeypatch.setattr(threads, "Thread", NoThread)
        ended = []
        with pytest.raises(BlockingIOError, match="starts no thread"):
            await in_thread(lambda: 1, name="a look", ended=lambda: ended.append(True))
        assert ended == [True]
        now_urgent()
        assert [await in_thread(lambda: 2, name="a write") for _ in range(1000)] == [2] * 1000


async def test_a_thread_that_hangs_is_not_waited_for_but_by_those_that_want_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with standing_by(1):
        monkeypatch.setattr(threads, "Thread", NoThread)
        now_urgent()
        hangs = threading.Event()
        hanging = asyncio.ensure_future(in_thread(hangs.wait, name="a call"))
        await asyncio.sleep(0)
        with pytest.raises(BlockingIOError):
            await in_thread(lambda: 2, name="another call")
        hangs.set()
        assert await hanging is True


async def test_where_none_can_be_started_even_at_first_it_goes_on_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "Thread", NoThread)
    with standing_by(), pytest.raises(BlockingIOError):
        await in_thread(lambda: 2, name="a call")
    with pytest.raises(RuntimeError):
        Standby(1)
