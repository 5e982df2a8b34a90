"""A replay without a screen: an instant printed, claims tried. For pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from console.claims.grammar import Told, read_claim
from console.claims.moments import Course, moment_within
from console.claims.trial import try_claims
from console.claims.words import finding_in_words
from console.errors import ExitCode
from console.plan.literal import literal_json
from console.release.events import Record
from console.replay.recording import Recording
from screens.commands.options import parsed
from screens.replay.opening import course_of
from screens.replay.printed import as_json, as_text
from screens.say import say

AT_A_TIME = 256


def print_instant(recording: Recording, *, at: str, json_wanted: bool) -> None:
    """Print the release as it stood at `at`."""
    course = course_of(recording)
    when = moment_or_error(at, course)
    release = recording.at(when)
    assert release is not None
    if json_wanted:
        say(literal_json(msgspec.json.encode(as_json(release, at=when, course=course))))
    else:
        say(as_text(release, at=when, course=course))


def try_on(recording: Recording, texts: Sequence[str]) -> ExitCode:
    """Try every claim, and say a sentence for each that does not hold."""
    opened = recording.at_line(1)
    assert opened is not None
    told = Told(plan=opened.plan, course=course_of(recording))
    findings = try_claims([read_claim(text, told) for text in texts], _all_of(recording))
    failed = [finding for finding in findings if not finding.held]
    for finding in failed:
        say(finding_in_words(finding), err=True)
    say(f"{len(findings) - len(failed)} of {len(findings)} assertions hold", err=True)
    return ExitCode.ASSERTION_FAILED if failed else ExitCode.PROMOTED


def _all_of(recording: Recording) -> Iterator[Record]:
    """Give all records, a few at a time: a week of them would not fit into memory."""
    for first in range(1, len(recording) + 1, AT_A_TIME):
        yield from recording.records(first, first + AT_A_TIME - 1)


def moment_or_error(text: str, course: Course) -> float:
    """Give the moment that `--at` names; raises UsageError."""
    return parsed("--at", lambda written: moment_within(written, course), text)
