"""Instants on the command line: `2026-11-20T14:00` in UTC, `-2h` before now, `now`."""

from __future__ import annotations

from datetime import UTC, datetime

from console.errors import UsageError
from console.plan.literal import quoted
from console.plan.units import BadValue, parse_duration_s

HINT = "write 2026-11-20T14:00 (UTC), -2h, or now"


def parse_instant(text: str, *, now_s: float) -> float:
    """Give the epoch seconds of an instant; a time without an offset is in UTC."""
    if text == "now":
        return now_s
    if text.startswith("-"):
        return now_s - _before_s(text[1:], of=text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{quoted(text)} is no time", hint=HINT) from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


def parse_span(first: str, last: str, *, now_s: float) -> tuple[float, float]:
    """Give the epoch seconds of a stretch of the past."""
    from_s, to_s = parse_instant(first, now_s=now_s), min(parse_instant(last, now_s=now_s), now_s)
    if from_s >= to_s:
        raise UsageError(f"nothing lies between {quoted(first)} and {quoted(last)}", hint=HINT)
    return from_s, to_s


def instant_in_words(at_s: float) -> str:
    """Write an instant as `2026-11-20 14:03:20 UTC`."""
    return f"{datetime.fromtimestamp(at_s, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"


def _before_s(text: str, *, of: str) -> float:
    try:
        return parse_duration_s(text)
    except BadValue as bad:
        raise UsageError(f"{quoted(of)} is no time: {bad}", hint=HINT) from None
