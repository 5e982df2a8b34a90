"""The door of the program: `pithead` on the shell."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Load and run a command; nothing that is loaded lies in the working folder.

    While modules load there is no garbage, and looking for it costs a tenth of the time to the first frame:
    the collector rests until the screen has painted, or the command has begun its work.
    """
    gc.disable()
    _leave_the_working_folder_out()
    from screens.streams import take_what_is_given  # noqa: PLC0415 - nothing of ours before the folder is out

    take_what_is_given()
    from screens.cli import main as command  # noqa: PLC0415 - only after the collector rests

    command()


def _leave_the_working_folder_out() -> None:
    """Import nothing from the working folder, here and in each Python that is started from here.

    `python -m screens` searches it first, and so does an empty entry of PYTHONPATH, which
    `PYTHONPATH=$PYTHONPATH:/opt/lib` makes by accident. Where pithead itself lies there, it stays.
    """
    try:
        here = os.getcwd()  # noqa: PTH109 - nothing may be imported before this
    except OSError:  # the folder was deleted: Python finds nothing in it
        return
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as above
    sys.path[:] = _without(here, sys.path, ours)
    if "PYTHONPATH" in os.environ:
        folders = os.environ["PYTHONPATH"].split(os.pathsep)
        os.environ["PYTHONPATH"] = os.pathsep.join(_without(here, folders, ours))


def _without(here: str, folders: list[str], ours: str) -> list[str]:
    if here == ours:
        return folders
    return [folder for folder in folders if os.path.abspath(folder) != here]  # noqa: PTH100 - as above
