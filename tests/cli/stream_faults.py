"""Commands under faults of their standard streams, each in a process that is forked from one with all loaded.

`python -m tests.cli.stream_faults` reads cells in JSON, one a line, and answers each with what came of it. A
new Python a cell would take half a second each; what Python itself does at its start is made anew here.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import shutil
import signal
import sys
import tempfile
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import msgspec

CLOSED = {"stdin closed": 0, "stdout closed": 1, "stderr closed": 2}
ENCODED = {"latin-1": ("latin-1", "strict"), "LC_ALL=C": ("ascii", "surrogateescape"),
           "LC_ALL=POSIX": ("utf-8", "surrogateescape")}  # fmt: skip
"""What Python makes of `PYTHONIOENCODING=latin-1`, and of the two locales without and with its UTF-8 mode."""
COMMON = ("stdout full", "stdout gone", "stdout closed", "stderr closed")
FAULTS = ("stdout full", "stdout gone", *CLOSED, "stderr full", "stderr gone", "all closed", *ENCODED)
_LONGEST_S = 60
"""A cell that lasts longer hangs."""


class Cell(msgspec.Struct, frozen=True):
    """A command as it is typed, and what its streams suffer."""

    args: tuple[str, ...]
    fault: str


class Came(msgspec.Struct, frozen=True):
    """What came of a cell."""

    code: int
    out: str
    err: str


def main(home: str) -> None:
    """Answer each cell that comes on standard input."""
    for package in ("screens", "screens.commands", "screens.replay"):
        for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    gc.freeze()
    for line in sys.stdin:
        came = _came_of(msgspec.json.decode(line, type=Cell), Path(home))
        sys.stdout.write(msgspec.json.encode(came).decode() + "\n")
        sys.stdout.flush()


def _came_of(cell: Cell, home: Path) -> Came:
    # Nothing here may clean up behind an exception: the child leaves by one.
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(home, folder / "home")
    # Descriptors, no file objects: the child closes them all, of which an object complains from 3.13 on.
    out, err = (os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600) for name in ("out", "err"))
    child = os.fork()
    if child == 0:
        os.environ["PITHEAD_HOME"] = str(folder / "home")
        _run(cell, out, err)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(out)
    os.close(err)
    texts = [(folder / name).read_bytes().decode(errors="replace") for name in ("out", "err")]
    shutil.rmtree(folder)
    return Came(code, *texts)


def _run(cell: Cell, out: int, err: int) -> NoReturn:
    """Run the command as Python would that was started so; its end is Python's own, complaints and all."""
    signal.alarm(_LONGEST_S)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, given in ((0, nothing), (1, out), (2, err)):
        os.dup2(given, fd)
    os.closerange(3, 256)
    _suffer(cell.fault)
    encoding, errors = ENCODED.get(cell.fault, ("utf-8", "strict"))
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        mode = "r" if fd == 0 else "w"
        stream = _stream(fd, mode, encoding, "backslashreplace" if name == "stderr" else errors)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = ["pithead", *cell.args]
    import_module("screens.entry").main()
    raise AssertionError("a command ends the process")


def _stream(fd: int, mode: str, encoding: str, errors: str) -> TextIOWrapper | None:
    try:
        os.fstat(fd)
    except OSError:
        return None
    buffered = os.fdopen(fd, f"{mode}b", closefd=False)
    return TextIOWrapper(buffered, encoding=encoding, errors=errors)


def _suffer(fault: str) -> None:
    name, _, what = fault.partition(" ")
    fds = {"stdin": [0], "stdout": [1], "stderr": [2], "all": [0, 1, 2]}.get(name, [])
    for fd in fds:
        if what == "closed":
            os.close(fd)
        elif what == "full":
            os.dup2(full := os.open("/dev/full", os.O_WRONLY), fd)
            os.close(full)
        elif what == "gone":
            reading, writing = os.pipe()
            os.dup2(writing, fd)
            os.close(reading)
            os.close(writing)


if __name__ == "__main__":
    main(sys.argv[1])
