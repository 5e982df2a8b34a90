"""An SSH server on a high port of loopback with keys of its own, and tmux windows that log in to it."""

from __future__ import annotations

import getpass
import grp
import os
import pty
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.terminal import COLUMNS, ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

_POLL_S = 0.05
UP_WITHIN_S = 60.0
_PRIVATE = Path("/run/sshd")
"""As root, sshd wants this folder: its service makes it, and without the service so do we."""
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""


def need(*programs: str) -> None:
    """Skip where a program is missing."""
    places = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    for program in programs:
        if shutil.which(program, path=places) is None:
            pytest.skip(f"{program} is missing: apt-get install openssh-server openssh-client tmux")


def need_terminals_of_sshd() -> None:
    """Skip where an sshd of a user's own can give no terminal: it may not change whose group one is."""
    if os.getuid() == 0 or sys.platform != "linux":
        return
    master, slave = pty.openpty()
    try:
        if os.fstat(slave).st_gid != grp.getgrnam("tty").gr_gid:
            pytest.skip("sshd gives no terminal to a user here: /dev/pts is mounted without gid=5")
    finally:
        os.close(master)
        os.close(slave)


class Server:
    """An sshd of ours; it ends with the context."""

    def __init__(self, folder: Path) -> None:
        need("sshd", "ssh", "ssh-keygen", "tmux")
        need_terminals_of_sshd()
        self._made = os.getuid() == 0 and not _PRIVATE.is_dir()
        if self._made:
            _PRIVATE.mkdir(mode=0o755)
        self._folder = folder
        self.port = _free_port()
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
            )
        config = folder / "sshd_config"
        config.write_text(_CONFIG.format(port=self.port, folder=folder))
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        assert sshd is not None
        with (folder / "sshd.log").open("wb") as log:
            self._process = subprocess.Popen([sshd, "-D", "-e", "-f", str(config)], stderr=log)
        self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        if self._made:
            _PRIVATE.rmdir()

    def login(self, args: Sequence[str], *, env: Mapping[str, str]) -> list[str]:
        """Give the command line that runs `args` over there, on a terminal."""
        settings = [f"{name}={value}" for name, value in env.items()]
        options = {
            "IdentityFile": str(self._folder / "user"),
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
        }
        told = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        there = shlex.join(["env", *settings, *args])
        return [
            "ssh",
            "-F",
            "none",
            "-tt",
            "-p",
            str(self.port),
            *told,
            f"{getpass.getuser()}@127.0.0.1",
            there,
        ]

    def _wait(self) -> None:
        until = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(_POLL_S)
        pytest.fail(f"sshd did not come up: {(self._folder / 'sshd.log').read_text()}")


class Tmux:
    """A tmux server of our own with one window, whose terminal runs one command at a time."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux.sock")
        self._pane = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)

    def open(self, args: Sequence[str]) -> None:
        """Open a window for a command; it is looked at from now on, also when the command has ended."""
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        stays = ["set-option", "-g", "remain-on-exit", "on", ";"]
        stays += [
            "set-option",
            "-gq",
            "remain-on-exit-format",
            "",
            ";",
        ]  # or a line of its own moves the rest
        self._pane = self._tmux(
            *stays, "new-session", "-d", *size, "-P", "-F", "#{pane_id}", shlex.join(args)
        ).strip()

    def press(self, *keys: str) -> None:
        """Type."""
        self._tmux("send-keys", "-t", self._pane, *keys)

    def shows(self, words: str, *, within_s: float = 90.0) -> str:
        """Wait until the window shows some words, and give all that it shows."""
        until = time.monotonic() + within_s
        while words not in (shown := self._tmux("capture-pane", "-p", "-t", self._pane)):
            assert time.monotonic() < until, f"{words!r} did not come: {shown}"
            time.sleep(_POLL_S)
        return shown

    def cut(self) -> None:
        """Kill the connection: the client dies without a word to the other side."""
        pid = int(self._tmux("display-message", "-p", "-t", self._pane, "#{pane_pid}"))
        os.kill(pid, signal.SIGKILL)

    def _tmux(self, *args: str) -> str:
        asked = ["tmux", "-S", self._socket, "-f", "/dev/null", *args]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
