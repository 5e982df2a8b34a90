"""The replay put together: a recording that is open, and the screen that plays it."""

from __future__ import annotations

import os
import sys

from console.errors import PitheadError, UsageError
from console.replay.recording import Recording
from console.replay.source import STANDARD_INPUT
from screens.on_terminal import WITHOUT_SCREEN
from screens.replay.headless import moment_or_error
from screens.replay.opening import course_of
from screens.replay.player import Player


def show(recording: Recording, *, at: str | None) -> None:
    """Play the recording until the person leaves."""
    begin = None if at is None else moment_or_error(at, course_of(recording))
    if recording.path == STANDARD_INPUT:
        _take_keys_from_the_terminal()
    player = Player(recording, at=begin)
    player.run(mouse=False)
    if player.crash:
        raise PitheadError(player.crash)


def _take_keys_from_the_terminal() -> None:
    """Put the terminal where standard input was: the recording has been read to its end."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UsageError("there is no terminal to take keys from", hint=WITHOUT_SCREEN) from error
    os.dup2(terminal, sys.__stdin__.fileno() if sys.__stdin__ else 0)
    os.close(terminal)
