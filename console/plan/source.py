"""A plan file's bytes, read and decoded, or refused in one sentence before any of it is understood."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from console.errors import PlanError
from console.plan.literal import literal
from console.plan.problems import LONGEST_ORIGIN, Mark, Problems

LARGEST_BYTES = 1024 * 1024
MOST_HIDDEN = 20
"""Maximum number of hidden characters that are listed: a file with more is no text at all."""

# YAML's own list of what can't stand in a file, and the marks that make a line look other than it is read.
_HIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)


def read_bytes(path: Path) -> bytes:
    """Read the file's bytes.

    Raises `PlanError` for what can be no plan by its kind or size, before it is read whole.
    """
    shown = literal(str(path), longest=LONGEST_ORIGIN)
    try:
        if path.is_dir():
            raise PlanError(f"{shown} is a directory", hint="name a plan file in it")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise PlanError(
            f"{shown} is not there", hint="name a plan file; sample_plans holds some to copy"
        ) from None
    except PermissionError:
        raise PlanError(f"{shown} may not be read by you", hint="look at the file's mode and owner") from None
    except (OSError, ValueError) as error:
        raise PlanError(f"{shown} can't be read: {literal(str(error))}") from None
    if len(content) > LARGEST_BYTES:
        raise PlanError(f"{shown} is larger than 1 MiB, which no plan is")
    return content


def decode(content: bytes, problems: Problems) -> str:
    """Read the bytes as UTF-8; raises `PlanError` for other bytes, and for characters that can't be seen."""
    if len(content) > LARGEST_BYTES:
        raise PlanError(f"{problems.origin} is larger than 1 MiB, which no plan is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        problems.refuse(_end_of(before), "the file is not UTF-8 from here on", hint="save it as UTF-8")
    for hidden in islice(_HIDDEN.finditer(text), MOST_HIDDEN):
        at = _end_of(text[: hidden.start()])
        problems.add(at, f"the character {literal(hidden[0])} can't be seen", hint="delete it")
    problems.stop_if_any()
    return text


def _end_of(text: str) -> Mark:
    lines = text.split("\n")
    return Mark(len(lines), len(lines[-1]) + 1)
