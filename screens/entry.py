"""The door of the program: `pithead` on the shell."""

from __future__ import annotations

import gc


def main() -> None:
    """Load and run a command.

    While modules load there is no garbage, and looking for it costs a tenth of the time to the first frame:
    the collector rests until the screen has painted, or the command has begun its work.
    """
    gc.disable()
    from screens.cli import main as command  # noqa: PLC0415 - only after the collector rests

    command()
