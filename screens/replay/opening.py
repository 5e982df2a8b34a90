"""Opens what a person wants to see again: a file, a release of this host, or standard input."""

from __future__ import annotations

import os
from pathlib import Path

from console.claims.moments import Course
from console.errors import UsageError
from console.host.places import every_folder, journal_of
from console.plan.literal import quoted
from console.release.events import StageEntered
from console.replay.recording import Recording, open_recording
from console.replay.source import STANDARD_INPUT
from screens.commands.found import folder_of, named_to_read
from screens.commands.samples import PREFIX, sample_path


def recording_of(name: str | None) -> Recording:
    """Open what was named; raises JournalError where it can't be read."""
    return open_recording(recording_path(name))


def recording_path(name: str | None) -> str:
    """Give where a recording is read from: a FILE, `sample:NAME`, a RELEASE, `-`, or the newest release."""
    if name is None:
        return str(journal_of(folder_of(None)))
    if name == STANDARD_INPUT or _is_file(Path(name)):
        return name
    if name.startswith(PREFIX):
        return str(sample_path(name.removeprefix(PREFIX)))
    if not every_folder() or os.sep in name:
        raise UsageError(f"there is no file {quoted(name)}", hint="for a first look: sample:errors")
    return str(journal_of(named_to_read(name)))


def _is_file(path: Path) -> bool:
    """Whether something can be read there; a pipe can be too."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:  # no file can have such a name
        return False


def course_of(recording: Recording) -> Course:
    """Give when the recording begins, ends, and enters its stages."""
    starts = tuple(event.at for event in recording.events if isinstance(event.event, StageEntered))
    return Course(begins_at=recording.first_at, ends_at=recording.last_at, stage_starts=starts)
