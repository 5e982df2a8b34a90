"""A moment of a recording as people write it: `14:02`, `+5m`, `stage 3`, `50%`, `end`."""

from __future__ import annotations

import re
from calendar import timegm

from msgspec import Struct

from console.plan.literal import quoted
from console.plan.units import BadValue, clock, parse_duration_s

WRITE = "write a time like 14:02, 14:02:11, +5m, -30s, stage 3, 50%, start or end"

LONGEST_DAYS = 400
"""Beyond this a time of day without a date is not looked for."""
_DAY_S = 86400.0
_CLOCK = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?(Z?)", re.ASCII)
_STOPWATCH = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d\d(?:\.\d+)?)", re.ASCII)
_STAGE = re.compile(r"stage\s*(\d{1,4})", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%", re.ASCII)


class Course(Struct, frozen=True, kw_only=True):
    """When a recording begins, ends, and enters its stages: what a moment is told against."""

    begins_at: float
    ends_at: float
    stage_starts: tuple[float, ...] = ()

    @property
    def length_s(self) -> float:
        """How long it takes from its first record to its last."""
        return self.ends_at - self.begins_at

    @property
    def in_words(self) -> str:
        """From when to when it goes."""
        return f"from {clock(self.begins_at)} to {clock(self.ends_at)}"


def moment(text: str, course: Course) -> float:
    """Give the moment in epoch seconds, also one outside of the recording. Raises `BadValue`."""
    wanted = text.strip()
    if wanted in ("start", "end"):
        return course.begins_at if wanted == "start" else course.ends_at
    since = wanted.removeprefix("T")
    if since.startswith("+"):
        return course.begins_at + _elapsed_s(since[1:])
    if since.startswith("-"):
        return course.ends_at - _elapsed_s(since[1:])
    if match := _STAGE.fullmatch(wanted):
        return _stage(int(match[1]), course)
    if match := _PERCENT.fullmatch(wanted):
        return course.begins_at + course.length_s * float(match[1]) / 100
    if match := _CLOCK.fullmatch(wanted):
        return _clock(match, course)
    raise BadValue(f"{quoted(text)} is no time of this recording", hint=WRITE)


def moment_within(text: str, course: Course) -> float:
    """Give a moment inside of the recording. Raises `BadValue`."""
    at = moment(text, course)
    if course.begins_at <= at <= course.ends_at:
        return at
    raise BadValue(f"{quoted(text)} is not in this recording, which goes {course.in_words}", hint=WRITE)


def _elapsed_s(text: str) -> float:
    match = _STOPWATCH.fullmatch(text)
    if match:
        return float(match[1] or 0) * 3600 + float(match[2]) * 60 + float(match[3])
    return parse_duration_s(text)


def _stage(number: int, course: Course) -> float:
    reached = len(course.stage_starts)
    if 1 <= number <= reached:
        return course.stage_starts[number - 1]
    hint = f"write stage 1 to stage {reached}" if reached else "no stage was entered"
    raise BadValue(f"there is no stage {number} in this recording", hint=hint)


def _clock(match: re.Match[str], course: Course) -> float:
    """Find the time of day within the recording, or the one that is nearest to it."""
    hour, minute, second = int(match[4]), int(match[5]), float(match[6] or 0)
    if hour > 23 or minute > 59 or second >= 61:  # noqa: PLR2004 - as clocks count
        raise BadValue(f"{quoted(match[0])} is no time of day", hint="write one like 14:02 or 14:02:11")
    of_day_s = hour * 3600 + minute * 60 + second
    if match[1]:
        return _date(match) + of_day_s
    first_day = course.begins_at // _DAY_S - 1
    days = range(min(int(course.length_s // _DAY_S), LONGEST_DAYS) + 4)
    # `14:02` means the whole minute: where the recording begins within it, its beginning.
    exact_to_s = 0.0 if match[6] else 59.999
    found = [_not_before((first_day + day) * _DAY_S + of_day_s, course, exact_to_s) for day in days]
    return min(found, key=lambda at: max(course.begins_at - at, at - course.ends_at, 0.0))


def _date(match: re.Match[str]) -> float:
    try:
        return float(timegm((int(match[1]), int(match[2]), int(match[3]), 0, 0, 0)))
    except ValueError as error:
        raise BadValue(f"{quoted(match[0])} is no date", hint="write one like 2026-03-01T14:02") from error


def _not_before(at: float, course: Course, exact_to_s: float) -> float:
    return course.begins_at if at < course.begins_at <= at + exact_to_s else at
