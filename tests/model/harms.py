"""What is done to the file of a journal."""

from __future__ import annotations

import os
from pathlib import Path

from tests.model.surroundings import Harm


def do_harm(harm: Harm, path: Path) -> None:
    """Do it; a file that is not there stays so."""
    if not path.exists():
        return
    size = path.stat().st_size
    match harm:
        case Harm.HALVED:
            os.truncate(path, size // 2)
        case Harm.EMPTIED:
            os.truncate(path, 0)
        case Harm.DELETED:
            path.unlink()
        case Harm.REPLACED:
            path.unlink()
            path.write_text("another program's\n")
        case Harm.WRITTEN_INTO:
            with path.open("a") as file:
                file.write("someone was here\n")
        case Harm.END_CHANGED:
            _change(path, at=max(0, size - 10))
        case Harm.MIDDLE_CHANGED:
            _change(path, at=size // 2)


def _change(path: Path, *, at: int) -> None:
    """Make one byte another one that is a letter too."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        if byte:  # of a file that was emptied before there is none
            file.write(b"7" if byte != b"7" else b"8")
