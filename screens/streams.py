"""The standard streams as a shell hands them over: closed, full, without a reader, of a narrow encoding.

None of that may end a command with a traceback. A closed one becomes /dev/null, so that no file or socket
that is opened later gets its number. A sign that an encoding lacks is a question mark, as wide as one. One
that takes nothing more is let go of: a command that acts goes on, and one that only tells ends.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


class OutputLostError(Exception):
    """Standard output takes nothing, and a command that only tells is over with that."""

    def __init__(self, why: OSError) -> None:
        super().__init__(str(why))
        self.why = why


_FLAGS = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY}
"""In the order of their numbers: the lowest that is free is the one that was closed."""


def take_what_is_given() -> None:
    """Make all three usable, before anything else is opened."""
    for name, flags in _FLAGS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(flags))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _nowhere(flags: int) -> TextIO:
    fd = os.open(os.devnull, flags)
    os.set_inheritable(fd, True)  # a program that we start would find the number free again
    return os.fdopen(fd, "r" if flags == os.O_RDONLY else "w", encoding="utf-8")


def trouble_with(stream: TextIO) -> OSError | None:
    """Say why what is left in a stream does not get out; None where it does, or nothing is left."""
    try:
        stream.flush()
    except OSError as error:
        return error
    except ValueError:  # it was closed
        return None
    return None


def let_go(stream: TextIO) -> None:
    """Let what is written go nowhere from now on, what Python writes at its own end too."""
    with suppress(OSError, ValueError):  # it leads to no descriptor
        fd = os.open(os.devnull, os.O_WRONLY)
        os.dup2(fd, stream.fileno())
        os.close(fd)
        stream.flush()
