"""What is found in a journal's place and is not that journal: renamed, never removed."""

from __future__ import annotations

from pathlib import Path

MOST_KEPT = 100
"""Files that are kept beside one journal; the next one takes the last one's place."""


def set_aside(path: Path) -> str:
    """Rename what lies at `path`, so that a new file can be made there; gives its new name, if any."""
    asides = [path.with_name(f"{path.name}.damaged-{number}") for number in range(1, MOST_KEPT + 1)]
    aside = next((one for one in asides if not one.exists()), asides[-1])
    try:
        path.rename(aside)
    except OSError:
        return ""
    return aside.name
