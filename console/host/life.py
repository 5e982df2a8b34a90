"""What tells one worker's life from every other, of its own release too: the run of its machine, and chance.

A release's folder can be on two hosts at once: a shared home, a copy, a volume that follows a pod. Two
workers that go by it must not take each other's lease and marks for their own.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from uuid import getnode

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_DIGITS = 8


def new_life() -> str:
    """Give a name that no other life has: `1b2c3d4e-9f8e7d6c`."""
    return f"{_machine()}-{secrets.token_hex(_DIGITS // 2)}"


def is_of_this_machine(life: str) -> bool:
    """Whether that life was lived here, since the machine runs; a name of an older pithead does not say."""
    return not life or life.partition("-")[0] == _machine()


@cache
def _machine() -> str:
    """Name the run of this machine's kernel; where it has no name, the machine."""
    try:
        return _BOOT_ID.read_text(encoding="ascii")[:_DIGITS]
    except (OSError, UnicodeDecodeError):
        return f"{getnode():x}"[-_DIGITS:]
