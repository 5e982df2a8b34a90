"""Times as a report writes them: UTC, and never without saying so."""

from __future__ import annotations

from datetime import UTC, datetime

from console.plan.units import clock, words_duration


def moment(at: float) -> str:
    """Write date and time: `2026-11-21 14:33:39 UTC`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def time_of_day(at: float) -> str:
    """Write the time alone: `14:33:39`."""
    return clock(at).removesuffix("Z")


def lasted(seconds: float) -> str:
    """Write a length of time: `8ms`, `2.1s`, `42s`, `1h30m`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 10:  # noqa: PLR2004 - where a reaction is told from a wait
        return f"{seconds:.1f}s".replace(".0s", "s")
    return words_duration(round(seconds))


def since(seconds: float) -> str:
    """Write how far into the release something was: `+0:40`, `+1:06:12`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"+{hours}:{minute:02}:{second:02}" if hours else f"+{minute}:{second:02}"
