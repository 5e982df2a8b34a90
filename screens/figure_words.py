"""Times and differences as a screen writes them: short, and of a width that seldom changes."""

from __future__ import annotations

from console.plan.plan_words import value_in_words

UNKNOWN = "-"

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def ago(seconds: float) -> str:
    """Write an age in its largest unit: `12s`, `4m`, `3h`, `2d`."""
    whole = int(seconds)
    for size_s, unit in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "m")):
        if whole >= 2 * size_s:
            return f"{whole // size_s}{unit}"
    return f"{whole}s"


def stopwatch(seconds: float) -> str:
    """Write a running time: `06:12`, `1:06:12`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def value(metric: str, number: float | None) -> str:
    """Write a metric's value; what is not known is a stroke."""
    return UNKNOWN if number is None else value_in_words(metric, number)


def points(difference: float | None) -> str:
    """Write the difference of two ratios in percentage points."""
    return "" if difference is None else f"{difference * 100:+z.2f}pp"


def milliseconds(difference: float | None) -> str:
    """Write the difference of two latencies."""
    return "" if difference is None else f"{difference:+z.0f} ms"


def minus(a: float | None, b: float | None) -> float | None:
    """Subtract what is known."""
    return None if a is None or b is None else a - b
