"""Whether there is a terminal for a screen; without one a command says so at once and names another way."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from console.errors import UsageError

HEADLESS = "--headless prints one line an event, for pipelines and logs"
WITHOUT_SCREEN = "--print prints the state at --at; --json and --assert are for programs"
"""For a recording."""
DUMB = frozenset({"dumb", "unknown"})
"""Values of TERM for what shows lines and no screens: an editor's shell, a pipeline."""


def refuse_without_terminal(
    hint: str, *, keys_from_stdin: bool = True, environment: Mapping[str, str] = os.environ
) -> None:
    """Raise UsageError where no screen can be shown; `hint` says what can be done instead.

    Without `keys_from_stdin` standard input holds a recording, and keys come from the terminal itself.
    """
    streams = {"standard output": sys.stdout, "standard error": sys.stderr}
    if keys_from_stdin:
        streams = {"standard input": sys.stdin, **streams}
    missing = [name for name, stream in streams.items() if not _is_terminal(stream)]
    if missing:
        raise UsageError(f"a screen needs a terminal, and {missing[0]} is none", hint=hint)
    if environment.get("TERM") in DUMB:
        raise UsageError(f"TERM={environment['TERM']}: no screen can be shown there", hint=hint)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it was closed
        return False
