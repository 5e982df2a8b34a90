"""However a screen ends, its terminal is as it was found; and without a terminal there is none."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from tests.processes.terminal import LAST_HINT, PITHEAD, Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

WITHIN_S = 60.0
REPLAY = [PITHEAD, "replay", "--sample", "errors"]
_MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")
_KEYBOARD = re.compile(rb"\x1b\[(?:>\d+|<)u")
AS_FOUND = {b"25": True, b"7": True}
"""Modes that a terminal has on; all others are off."""
CRASHING = """\
import sys
from screens.replay.player import Player
def fail(self): raise RuntimeError("password=hunter2")
Player.on_mount = fail
sys.argv = ["pithead", "replay", "--sample", "errors"]
from screens.entry import main
main()
"""
LEAVING = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]


def left_on(told: bytes) -> list[bytes]:
    """The modes that are not as they were found, by all that was written."""
    last = {mode: on == b"h" for mode, on in _MODE.findall(told)}
    kept = [mode for mode, on in last.items() if on is not AS_FOUND.get(mode, False)]
    depth = sum(1 if b">" in each else -1 for each in _KEYBOARD.findall(told))
    return [*kept, *([b"keyboard"] if depth > 0 else [])]


def attributes(terminal: Terminal) -> list[object]:
    return termios.tcgetattr(terminal.master)


def env_of(tmp_path: Path) -> dict[str, str]:
    return {"PITHEAD_HOME": str(tmp_path / "home")}


def ended(terminal: Terminal) -> int:
    """Read on until the program has ended."""
    until = time.monotonic() + WITHIN_S
    while terminal.process.poll() is None:
        assert time.monotonic() < until, f"it goes on: {terminal.read[-300:]!r}"
        terminal.read_for(0.1)
    terminal.read_for(0.2)
    return terminal.process.returncode


@pytest.mark.parametrize("number", LEAVING, ids=lambda number: number.name)
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, tmp_path: Path) -> None:
    with Terminal(["/bin/sleep", "0"]) as plain:
        found = attributes(plain)
    with Terminal(REPLAY, env=env_of(tmp_path)) as terminal:
        terminal.read_until(LAST_HINT, within_s=WITHIN_S)
        assert attributes(terminal) != found
        terminal.process.send_signal(number)
        assert ended(terminal) == ExitCode.PROMOTED
        assert left_on(terminal.read) == []
        assert attributes(terminal) == found
        assert b"Traceback" not in terminal.read


def test_a_crash_leaves_the_terminal_as_it_was_and_is_a_sentence(tmp_path: Path) -> None:
    program = tmp_path / "crashing.py"
    program.write_text(CRASHING)
    with Terminal(["/bin/sleep", "0"]) as plain:
        found = attributes(plain)
    with Terminal([sys.executable, str(program)], env=env_of(tmp_path)) as terminal:
        assert ended(terminal) == ExitCode.USAGE
        assert left_on(terminal.read) == []
        assert attributes(terminal) == found
        assert b"Traceback" not in terminal.read
        assert b"pithead: the screen failed: RuntimeError; its trace is in" in terminal.read.replace(
            b"\r\n", b""
        )
    trace = (tmp_path / "home" / "screen.log").read_text()
    assert "Traceback" in trace
    assert "hunter2" not in trace
    assert (tmp_path / "home" / "screen.log").stat().st_mode & 0o777 == 0o600


def test_a_screen_whose_terminal_takes_nothing_is_left_all_the_same(tmp_path: Path) -> None:
    with Terminal(REPLAY, env=env_of(tmp_path)) as terminal:
        terminal.read_until(LAST_HINT, within_s=WITHIN_S)
        until = time.monotonic() + WITHIN_S
        while not terminal.is_full:
            terminal.press(b"\x0c")  # ctrl+l: the whole screen anew
            assert time.monotonic() < until, "the terminal took all that was written"
            time.sleep(0.02)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(WITHIN_S) in (ExitCode.PROMOTED, ExitCode.LEFT)  # in time, or at once
        terminal.read_for(0.2)
        found = attributes(terminal)
        assert found[3] & termios.ECHO  # type: ignore[operator]  # lflag
        assert found[3] & termios.ICANON  # type: ignore[operator]  # lflag


def test_a_window_that_is_closed_ends_its_screen_and_costs_nothing(tmp_path: Path) -> None:
    with Terminal(REPLAY, env=env_of(tmp_path)) as terminal:
        terminal.read_until(LAST_HINT, within_s=WITHIN_S)
        terminal.close()
        _, status, usage = os.wait4(terminal.process.pid, 0)
        terminal.process.returncode = os.waitstatus_to_exitcode(status)
        assert terminal.process.returncode >= 0, "a signal killed it"
        assert usage.ru_utime < 10.0


def test_an_input_that_ends_under_a_screen_ends_the_screen(tmp_path: Path) -> None:
    """Its standard input is a terminal of its own, which is closed; the other one stays."""
    master, slave = os.openpty()
    with Terminal(
        ["/bin/sh", "-c", 'exec "$@" <"$0"', os.ttyname(slave), *REPLAY], env=env_of(tmp_path)
    ) as terminal:
        terminal.read_until(LAST_HINT, within_s=WITHIN_S)
        os.close(slave)
        os.close(master)
        assert ended(terminal) == ExitCode.PROMOTED
        assert left_on(terminal.read) == []


COMMANDS = {
    "run": (["run", "plan.yaml"], "--headless"),
    "attach": (["attach"], "--headless"),
    "resume": (["resume", "x"], "--headless"),
    "demo": (["demo"], "--headless"),
    "replay": (["replay", "--sample", "errors"], "--print"),
}
STREAMS = ["</dev/null", ">/dev/null", "2>/dev/null", "<&-", ">&-"]


def test_without_a_terminal_a_screen_is_refused_at_once_and_the_other_way_is_named(tmp_path: Path) -> None:
    for words, hint in COMMANDS.values():
        began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run(
            [PITHEAD, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
            env=os.environ | env_of(tmp_path),
        )
        assert done.returncode == ExitCode.USAGE, done.stderr
        assert hint in done.stderr
        assert "\x1b" not in done.stdout + done.stderr
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began < 10.0
    assert not (tmp_path / "home" / "releases").exists()


@pytest.mark.parametrize("stream", STREAMS)
def test_one_stream_that_is_no_terminal_is_enough_to_refuse(stream: str, tmp_path: Path) -> None:
    with Terminal(["/bin/sh", "-c", f'exec "$@" {stream}', "sh", *REPLAY], env=env_of(tmp_path)) as terminal:
        assert ended(terminal) == ExitCode.USAGE
        assert b"\x1b" not in terminal.read


def test_a_dumb_terminal_is_none(tmp_path: Path) -> None:
    with Terminal(["env", "TERM=dumb", *REPLAY], env=env_of(tmp_path)) as terminal:
        assert ended(terminal) == ExitCode.USAGE
        assert b"TERM=dumb" in terminal.read
        assert b"--print" in terminal.read
        assert b"\x1b" not in terminal.read


@pytest.mark.full
def test_in_tmux_the_pane_is_as_it_was_after_term(tmp_path: Path) -> None:
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("tmux is missing: apt-get install tmux")
    server = [tmux, "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]

    def call(*words: str) -> str:
        return subprocess.run([*server, *words], capture_output=True, text=True, check=True).stdout

    home = tmp_path / "home"
    call("new-session", "-d", "-s", "x", "-x", "120", "-y", "40", f"PITHEAD_HOME={home} PS1='ready> ' sh -i")
    try:
        modes = "#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{mouse_any_flag} #{wrap_flag}"
        before = call("display-message", "-p", "-t", "x", modes)
        call("send-keys", "-t", "x", f"{' '.join(REPLAY)} & echo $! >{tmp_path}/pid; fg", "Enter")
        until = time.monotonic() + WITHIN_S
        while "leave" not in call("capture-pane", "-p", "-t", "x") and time.monotonic() < until:
            time.sleep(0.1)
        assert call("display-message", "-p", "-t", "x", modes) != before, call(
            "capture-pane", "-p", "-t", "x"
        )
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
        call("send-keys", "-t", "x", "")
        while call("display-message", "-p", "-t", "x", modes) != before and time.monotonic() < until:
            time.sleep(0.1)
        assert call("display-message", "-p", "-t", "x", modes) == before
        call("send-keys", "-t", "x", "echo it-$((1+1))-works", "Enter")
        while "it-2-works" not in call("capture-pane", "-p", "-t", "x") and time.monotonic() < until:
            time.sleep(0.1)
        assert "it-2-works" in call("capture-pane", "-p", "-t", "x")
    finally:
        call("kill-server")
