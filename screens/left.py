"""What is said on the terminal once a screen is left: how it ended, or where it is, and what comes next."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from console.host.places import lab_releases_folder
from console.policy.explain import explain
from console.release.state import Release
from screens.rows import wrap
from screens.say import say

MOST_LINES = 40
"""No sentence is longer on any terminal that can be read."""


def program() -> str:
    """Give what to type for `pithead` here: a checkout has it in its environment, and not on the PATH."""
    started = sys.argv[0]
    if Path(started).name != "pithead" or shutil.which("pithead"):
        return "pithead"
    return min(started, os.path.relpath(started), key=len)


def goes_on(folder: Path) -> str:
    """Say that a release goes on without its screen, and how one comes back to it."""
    if folder.parent == lab_releases_folder():
        return f"the laboratory and its release run on without this screen\n{_back(folder)}\n{_end('both')}"
    return f"the release goes on without this screen\n{_back(folder)}"


def laboratory_goes_on() -> str:
    """Say that a laboratory was kept whose release is over."""
    return f"the laboratory runs on\n{_end('it')}"


def ends_with_its_laboratory(name: str) -> str:
    """Say what becomes of a release whose laboratory ends with its screen."""
    return f"the laboratory ends, and its release with it\nits journal stays:  {program()} replay {name}"


def say_end(release: Release) -> None:
    """Say how a release ended, broken at words, and what one can do with its record, one command a line."""
    assert release.end is not None
    line = explain(release, now=release.end.at)
    say(f"{line.word}  {release.name}", err=True)
    commands = (f"{program()} {verb} {release.name}" for verb in ("report", "replay"))
    for row in (*_broken(line.text), *commands):
        say(f"  {row}", err=True)


def _broken(text: str) -> Iterator[str]:
    width = max(20, shutil.get_terminal_size().columns - 3)
    yield from wrap(text, width, rows=MOST_LINES)


def _back(folder: Path) -> str:
    return f"come back with:  {program()} attach {folder.name}"


def _end(what: str) -> str:
    return f"{f'end {what} with:':<16} {program()} demo --end"
