"""Opens what a person wants to see again: a file, a release of this host, or standard input."""

from __future__ import annotations

from console.claims.moments import Course
from console.release.events import StageEntered
from console.replay.recording import Recording, open_recording
from console.replay.source import STANDARD_INPUT
from screens.commands.found import journal_path


def recording_of(name: str | None) -> Recording:
    """Open a FILE, a RELEASE, or `-`; without a name the newest release."""
    return open_recording(name if name == STANDARD_INPUT else str(journal_path(name)))


def course_of(recording: Recording) -> Course:
    """Give when the recording begins, ends, and enters its stages."""
    starts = tuple(mark.at for mark in recording.marks if isinstance(mark.event, StageEntered))
    return Course(begins_at=recording.first_at, ends_at=recording.last_at, stage_starts=starts)
