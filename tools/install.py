"""`python tools/install.py EXTRAS`: installs this checkout into this Python, and says how far it is.

The Makefile calls it with .venv's Python, before anything is installed: it needs the standard library alone.
uv does it where uv is, else pip.
"""

from __future__ import annotations

import compileall
import json
import os
import selectors
import shutil
import subprocess
import sys
import sysconfig
import time
from collections import deque
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SAYS_EVERY_S = 2.0
"""News at least so often: after three silent seconds a person begins to doubt."""
LINE_EVERY_S = 20.0
"""Where it is no terminal, whose one line is written anew: a line so often shows that it lives, and is a
handful in all."""
LAST_LINES = 30
"""Lines of the installer that are shown where it failed."""
SIZES = {"lab": (60, 350), "lab,dev": (130, 540)}
"""Rounded megabytes to fetch and on disk, on Linux with Python 3.11."""
USUALLY = {"lab": "half a minute to two minutes", "lab,dev": "one to three minutes"}
"""With an ordinary line and a disk that is not slow; uv with a warm cache takes seconds."""
WHAT = {"lab": "and what its laboratory needs", "lab,dev": "with its laboratory and what the tests need"}
FIRST_FRAME = ("textual", "rich", "markdown_it", "click", "msgspec", "yaml")
"""Compiled at once: uv leaves it to the first import, and the first frame would wait for it."""
HERE = Path(__file__).resolve().parent.parent
LOCKED = HERE / "tools" / "locked.txt"
"""The versions that the suite was last seen green with, on every system; `make lock` takes newer ones."""
MEGABYTE = 1_000_000
NEW_LINE = "\r\x1b[K"
"""Goes back to the line's beginning and clears it."""


def main(extras: str) -> int:
    """Install, and give the installer's exit code."""
    if (missing := nobody_installs()) is not None:
        say(missing)
        return 2
    tool, command = installer(extras)
    say(announcement(extras, tool, took_here=remembered().get(f"{tool} {extras}")))
    code, took_s = watched(command)
    if code:
        return code
    remember(f"{tool} {extras}", took_s)
    say(f"installed: {installed_mb()} MB in {took_s:.0f} s")
    return 0


def watched(command: list[str]) -> tuple[int, float]:
    """Run an installer and say how far it is; gives its exit code and how long it took."""
    began = time.monotonic()
    last: deque[str] = deque(maxlen=LAST_LINES)
    told = Told()
    before_mb = installed_mb()
    with subprocess.Popen(
        command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    ) as process:
        for line in lines_of(process):
            if line:
                last.append(line)
            said = last[-1] if last else "starting"
            told.tell(progress(time.monotonic() - began, said, installed_mb() - before_mb))
    told.end()
    if process.returncode:
        say("\n".join(("the installation failed; it said last:", *last)))
    else:
        compile_first_frame()
    return process.returncode, time.monotonic() - began


class Told:
    """How far it is, told on one line that is written anew, or where that can't be in a few lines."""

    def __init__(self) -> None:
        self._rewrites = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._said_at = float("-inf")

    def tell(self, text: str) -> None:
        """Tell it now, or where each telling is a line, only once it is time for another one."""
        if self._rewrites:
            width = shutil.get_terminal_size().columns - 1
            shown = text if len(text) <= width else f"{text[: width - 1]}…"
            sys.stderr.write(f"{NEW_LINE}{shown}")
            sys.stderr.flush()
        elif time.monotonic() >= self._said_at + LINE_EVERY_S:
            self._said_at = time.monotonic()
            say(text)

    def end(self) -> None:
        """Leave the line to what is said next."""
        if self._rewrites:
            sys.stderr.write(NEW_LINE)


def nobody_installs() -> str | None:
    """Say what to do where .venv was made by uv, without pip, and uv has gone since."""
    if shutil.which("uv") is not None or find_spec("pip") is not None:
        return None
    return (
        f"{sys.prefix} was made by uv, which is not on PATH any more: put it back, or `make clean` and again"
    )


def installer(extras: str) -> tuple[str, list[str]]:
    """Give the name of the tool and its command; the tests' hundreds of processes find all of it compiled."""
    what = ("-e", f".[{extras}]", "--constraint", str(LOCKED))
    uv = shutil.which("uv")
    if uv is not None:
        compiled = ("--compile-bytecode",) if "dev" in extras else ()
        return "uv", [uv, "pip", "install", "--python", sys.executable, *compiled, *what]
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    return "pip", [*pip, *what]


def announcement(extras: str, tool: str, *, took_here: float | None) -> str:
    """Say what comes, how much it is and how long it takes."""
    fetched, on_disk = SIZES[extras]
    here = "" if took_here is None else f", {took_here:.0f} s here last time"
    return (
        f"installing pithead {WHAT[extras]} into {sys.prefix} by {tool}\n"
        f"about {fetched} MB to fetch, {on_disk} MB on disk; usually {USUALLY[extras]}{here}"
    )


def progress(elapsed_s: float, line: str, megabytes: int) -> str:
    """Write one line: since when, how much has come, and what the installer said last.

    pip installs nothing before it has fetched everything: a figure that stands still would look like a hang.
    """
    much = f"{megabytes:4} MB installed" if megabytes > 0 else "nothing installed yet"
    return f"{elapsed_s:4.0f} s  {much}  {line}"


def lines_of(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Give what the installer says, at most one line in `SAYS_EVERY_S`, and nothing where it was silent."""
    assert process.stdout is not None
    unread, newest, due = b"", "", time.monotonic() + SAYS_EVERY_S
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if selector.select(max(0.0, due - time.monotonic())):
                some = os.read(process.stdout.fileno(), 65536)
                *lines, unread = (unread + some).split(b"\n")
                newest = next((text for line in reversed(lines) if (text := _text(line))), newest)
                if not some:
                    if newest:
                        yield newest
                    return
            if time.monotonic() >= due:
                yield newest
                newest, due = "", time.monotonic() + SAYS_EVERY_S


def _text(line: bytes) -> str:
    return line.decode(errors="replace").strip()


def installed_mb() -> int:
    """Count what is installed by now."""
    total = 0
    for folder, _, names in os.walk(sysconfig.get_path("purelib")):
        for name in names:
            with suppress(OSError):
                total += (Path(folder) / name).lstat().st_size
    return total // MEGABYTE


def compile_first_frame() -> None:
    """Compile what the first frame imports."""
    site = Path(sysconfig.get_path("purelib"))
    for folder in (*(site / name for name in FIRST_FRAME), HERE / "console", HERE / "screens"):
        compileall.compile_dir(folder, quiet=2, workers=1)


def _memory() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "pithead" / "installed-in-seconds.json"


def remembered() -> dict[str, float]:
    """Give how long installing took here, by tool and extras."""
    try:
        found = json.loads(_memory().read_bytes())
    except (OSError, ValueError, RuntimeError):  # the last one: nobody's home
        return {}
    return found if isinstance(found, dict) else {}


def remember(key: str, took_s: float) -> None:
    """Keep how long it took, for the next time."""
    with suppress(OSError, RuntimeError):
        path = _memory()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(remembered() | {key: round(took_s, 1)}))


def say(text: str) -> None:
    """Say it at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
