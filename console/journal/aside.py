"""What is found in a journal's place and is not that journal: renamed, never removed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

MOST_KEPT = 100
"""Files that are kept beside one journal; the next one takes the last one's place."""


def set_aside(path: Path) -> str:
    """Rename what lies at `path`, so that a new file can be made there; gives its new name, if any."""
    for number in range(1, MOST_KEPT + 1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists() or number == MOST_KEPT:
            with suppress(OSError):
                path.rename(aside)
                return aside.name
            return ""
    return ""
