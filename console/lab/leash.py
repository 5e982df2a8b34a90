"""A program on a leash: it dies with the process that started it, even where that one is killed with -9.

Linux can ask the kernel for this (PR_SET_PDEATHSIG), macOS can't. A pipe works on both: the parent holds
the only write end, and the kernel closes it however the parent dies. This file is both hands: imported, it
starts a leash; run as a script, it *is* the leash, a small process between parent and program that
imports next to nothing.

The program's own stdin is a pipe that never says anything and ends only if the leash itself is killed, so
that a program which watches its stdin goes down in that case too, on macOS as well.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

GRACE_S = 3.0
"""From TERM to KILL."""

_PR_SET_PDEATHSIG = 1
_NOT_STARTED = 127
_HEARD = (signal.SIGCHLD, signal.SIGTERM)
_FREE = b"free"
"""Said on the leash's stdin: from now on its end ends nothing, only TERM does."""


class Leashed:
    """A running program and the hand on its leash."""

    def __init__(self, leash: subprocess.Popen[bytes]) -> None:
        self._leash = leash

    @property
    def pid(self) -> int:
        """The leash's process, the program's parent."""
        return self._leash.pid

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        return self._leash.poll() is None

    @property
    def stdout(self) -> IO[bytes] | None:
        """What the program says, where `start_on_leash` was given a pipe for it."""
        return self._leash.stdout

    def let_go(self) -> None:
        """Ask for the end and don't wait for it."""
        assert self._leash.stdin is not None
        self._leash.stdin.close()

    def set_free(self) -> None:
        """Let the program outlive this process; from now on TERM to its leash, or its own end, ends it."""
        assert self._leash.stdin is not None
        self._leash.stdin.write(_FREE)
        self._leash.stdin.close()
        self._leash.returncode = (
            0  # it is not ours to wait for: silences the warning about a child left running
        )
        if self._leash.stdout is not None:
            self._leash.stdout.close()

    def wait(self) -> int:
        """Wait until the program and all it left in its process group are gone; its exit code."""
        return self._leash.wait()

    def stop(self) -> int:
        """End the program, at worst by KILL after the grace, and wait for it."""
        self.let_go()
        code = self.wait()
        if self._leash.stdout is not None:
            self._leash.stdout.close()
        return code


def start_on_leash(
    args: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    grace_s: float = GRACE_S,
) -> Leashed:
    """Start `args` so that it dies with this process; what it says is appended to `log`.

    `stdout=subprocess.PIPE` keeps its standard output for `Leashed.stdout` instead. `grace_s` is what it has
    to end itself: 0 for a program that uses all of it and leaves nothing that matters.
    """
    leash = [sys.executable, "-I", "-S", __file__, str(grace_s), *args]
    with log.open("ab") as said:
        return Leashed(
            subprocess.Popen(
                leash,
                stdin=subprocess.PIPE,
                stdout=said if stdout is None else stdout,
                stderr=said,
                env=env,
                # A session of its own: Ctrl-C in the terminal is for the parent to answer, not for us.
                start_new_session=True,
            )
        )


def last_words(log: Path) -> str:
    """Give the last line that a program said."""
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"


def hold(args: Sequence[str], *, grace_s: float) -> int:
    """Run `args` until it ends, stdin ends, or TERM comes; then end its whole process group."""
    signals = _signals_as_bytes()
    child = _spawn(args)
    code = _ended(child)
    while code is None and not _let_go(signals):
        code = _ended(child)
    if code is None:
        _signal_group(child, signal.SIGTERM)
        code = _ended_within(child, signals, grace_s=grace_s)
    _signal_group(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if code is None else code


def _signals_as_bytes() -> int:
    """Turn the two signals that matter into bytes in a pipe, so that `select` can wait for all at once."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in _HEARD:
        signal.signal(number, lambda *_: None)
    return read


def _spawn(args: Sequence[str]) -> int:
    """Start the program in a process group of its own."""
    leash = os.getpid()
    silence, _ = os.pipe()  # the other end stays open until we die: that is what the program may watch
    # A TERM between fork and exec would be swallowed by our own handler: it waits until the child has none.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    child = os.fork()
    if child == 0:
        _become(args, stdin=silence, leash=leash)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    os.close(silence)
    with suppress(OSError):  # the child was quicker, and may have gone on to its program already
        os.setpgid(child, child)  # both sides do it: whoever comes first, the group is there before a kill
    return child


def _become(args: Sequence[str], *, stdin: int, leash: int) -> NoReturn:
    """In the child: turn into the program."""
    try:
        os.setpgid(0, 0)
        os.dup2(stdin, 0)
        for number in _HEARD:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        _die_with_parent(leash)
        os.execvp(args[0], list(args))  # noqa: S606 - there is no shell to be fooled
    except OSError as error:
        sys.stderr.write(f"leash: {args[0]} did not start: {error.strerror}\n")
        sys.stderr.flush()
    finally:
        os._exit(_NOT_STARTED)


def _die_with_parent(leash: int) -> None:
    """Where the kernel offers it, die with the leash even if that is killed with -9."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - macOS has no use for it

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != leash:  # it died before we asked
            os._exit(_NOT_STARTED)


def _let_go(signals: int) -> bool:
    """Wait for the next thing to happen; True where it is the end of the leash."""
    ready, _, _ = select.select([0, signals], [], [])
    if signals in ready and signal.SIGTERM in os.read(signals, 64):
        return True
    if 0 not in ready:
        return False
    said = os.read(0, 64)
    if said == _FREE:
        os.dup2(os.pipe()[0], 0)  # the other end stays open here: this one never says anything, nor ends
    return not said


def _ended(child: int) -> int | None:
    """Give the program's exit code, None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _ended_within(child: int, signals: int, *, grace_s: float) -> int | None:
    until = time.monotonic() + grace_s
    while (code := _ended(child)) is None and (left_s := until - time.monotonic()) > 0:
        if select.select([signals], [], [], left_s)[0]:
            os.read(signals, 64)
    return code


def _signal_group(child: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody left in it; macOS says so with EPERM
        os.killpg(child, number)


if __name__ == "__main__":
    code = hold(sys.argv[2:], grace_s=float(sys.argv[1]))
    sys.exit(code if code >= 0 else 128 - code)
