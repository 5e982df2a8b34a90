"""Times and counts as these texts write them."""

from __future__ import annotations

from console.plan.units import words_duration


def about(count: float) -> str:
    """Write an estimate to two digits: `about 1,200`; what is below ten as it is."""
    whole = round(count)
    if whole < 10:  # noqa: PLR2004 - one digit can't be rounded to two
        return f"{whole}"
    size = 10 ** (len(str(whole)) - 2)
    return f"about {round(whole / size) * size:,}"


def span(seconds: float) -> str:
    """Write a length of time to the second."""
    return words_duration(round(seconds))
