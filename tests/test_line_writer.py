from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from console.headless import gap_in_words
from console.line_writer import MOST_WAITING, Aside, LineWriter

WITHIN_S = 60.0


@pytest.fixture
def pipe() -> Iterator[list[int]]:
    ends = list(os.pipe())
    yield ends
    for end in ends:
        with suppress(OSError):  # the test closed it
            os.close(end)


def fill(fd: int) -> int:
    """Fill a pipe whose reader stalls; gives how many bytes it takes."""
    os.set_blocking(fd, False)
    taken = 0
    try:
        while True:
            taken += os.write(fd, b"x")
    except BlockingIOError:
        os.set_blocking(fd, True)
    return taken


def read(fd: int, *, until: str) -> str:
    told = b""
    while until.encode() not in told:
        told += os.read(fd, 65536)
    return told.decode()


def comes_to(state: Callable[[], object]) -> bool:
    until = time.monotonic() + WITHIN_S
    while not state() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(state())


def test_lines_come_out_in_their_order(pipe: list[int]) -> None:
    writer = LineWriter(pipe[1])
    for number in range(100):
        writer.put(f"{number}\n")
    assert writer.finish(within_s=WITHIN_S) == ""
    assert read(pipe[0], until="99\n").splitlines() == [str(number) for number in range(100)]


def test_a_reader_who_stalls_keeps_nobody_waiting_and_hears_how_many_lines_are_missing(
    pipe: list[int],
) -> None:
    taken = fill(pipe[1])
    writer = LineWriter(pipe[1], gap=gap_in_words)
    writer.put("first\n")
    assert comes_to(lambda: not writer._lines), "the thread has not taken the first line"
    for number in range(MOST_WAITING + 312):
        writer.put(f"{number}\n")
    assert os.read(pipe[0], taken) == b"x" * taken
    told = read(pipe[0], until=f"{MOST_WAITING + 311}\n").splitlines()
    assert told[:3] == ["first", "... 312 lines not shown; the journal has them", "312"]
    assert len(told) == MOST_WAITING + 2


def test_at_the_end_a_reader_who_stalls_is_waited_for_no_longer_than_said(pipe: list[int]) -> None:
    fill(pipe[1])
    writer = LineWriter(pipe[1])
    writer.put("one\n")
    writer.put("two\n")
    assert writer.finish(within_s=0.05) == "2 lines were not shown (nobody reads it)"


def test_a_reader_who_has_gone_is_not_waited_for(pipe: list[int]) -> None:
    os.close(pipe[0])
    writer = LineWriter(pipe[1])
    writer.put("one\n")
    writer.put("two\n")
    assert writer.finish(within_s=WITHIN_S) == "2 lines were not shown (Broken pipe)"


def test_a_closed_stream_is_one_that_nobody_reads() -> None:
    writer = LineWriter(None)
    writer.put("one\n")
    assert writer.finish(within_s=WITHIN_S) == "1 line was not shown (nobody reads it)"


def test_a_full_disk_loses_lines_and_no_more(monkeypatch: pytest.MonkeyPatch, pipe: list[int]) -> None:
    write, full = os.write, [True]

    def on_a_disk(fd: int, data: bytes) -> int:
        if full[0] and fd == pipe[1]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data)

    monkeypatch.setattr(os, "write", on_a_disk)
    writer = LineWriter(pipe[1], gap=gap_in_words)
    writer.put("one\n")
    writer.put("two\n")
    assert writer.finish(within_s=WITHIN_S) == "2 lines were not shown (No space left on device)"
    full[0] = False
    writer.put("three\n")
    assert read(pipe[0], until="three\n") == "... 2 lines not shown; the journal has them\nthree\n"


def test_a_line_that_was_torn_by_a_full_disk_is_ended(
    monkeypatch: pytest.MonkeyPatch, pipe: list[int]
) -> None:
    write, room = os.write, [3]

    def on_a_disk(fd: int, data: bytes) -> int:
        if fd != pipe[1]:
            return write(fd, data)
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = write(fd, data[: room[0]])
        room[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", on_a_disk)
    writer = LineWriter(pipe[1])
    writer.put("first\n")
    _ = writer.finish(within_s=WITHIN_S)
    room[0] = 1000
    writer.put("second\n")
    assert read(pipe[0], until="second\n") == "fir\nsecond\n"


def test_a_stream_that_others_made_non_blocking_is_waited_for(pipe: list[int]) -> None:
    taken = fill(pipe[1])
    os.set_blocking(pipe[1], False)
    writer = LineWriter(pipe[1])
    writer.put("late\n")
    assert len(os.read(pipe[0], taken)) == taken
    assert read(pipe[0], until="late\n") == "late\n"


def test_what_its_encoding_has_no_sign_for_is_escaped(pipe: list[int]) -> None:
    writer = LineWriter(pipe[1], encoding="ascii")
    writer.put("5\u202f%\n")
    assert read(pipe[0], until="\n") == "5\\u202f%\n"


def test_without_a_thread_nothing_is_shown_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, pipe: list[int]
) -> None:
    def none_to_be_had(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_to_be_had)
    writer = LineWriter(pipe[1])
    writer.put("one\n")
    assert writer.finish(within_s=WITHIN_S) == "1 line was not shown (can't start new thread)"


def test_what_a_library_says_aside_holds_no_secret(pipe: list[int]) -> None:
    print("Traceback: password=hunter2", file=Aside(LineWriter(pipe[1])))
    assert read(pipe[0], until="\n") == "Traceback: password=***\n"
