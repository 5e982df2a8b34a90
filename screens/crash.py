"""A screen that failed by a defect of ours: its trace goes into a file, and its person gets a sentence."""

from __future__ import annotations

import os
import time
import traceback
from contextlib import suppress

from console.host.places import releases_folder
from console.private import private_folder
from console.redact import without_secrets

NAME = "screen.log"


def write_trace(error: BaseException) -> str:
    """Append the trace to a private file, and say in words what happened and where the file is."""
    path = releases_folder().parent / NAME
    trace = "".join(traceback.format_exception(error))
    kept = ""
    with suppress(OSError):
        private_folder(path.parent)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "a", encoding="utf-8") as log:
            log.write(f"{time.ctime()}\n{without_secrets(trace)}\n")
        kept = f"; its trace is in {path}"
    return f"the screen failed: {type(error).__name__}{kept}"
