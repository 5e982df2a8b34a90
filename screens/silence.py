"""A worker that lives and puts nothing on record: when that is so, and what can be said of it."""

from __future__ import annotations

from console.plan.units import words_duration
from console.policy.explain import Line, Tone
from console.release.state import Phase, Release

STALE_TICKS = 3
"""What is older than this many intervals is called stale."""
SILENT_S = 5.0
"""A worker puts something on record each tick: without for so long, and as many ticks, something is wrong."""


def is_silent(release: Release, *, last_at: float, now: float) -> bool:
    """Whether the worker of a release under way has put nothing on record for too long."""
    under_way = release.phase in (Phase.RUNNING, Phase.ROLLING_BACK)
    return under_way and now - last_at > max(SILENT_S, STALE_TICKS * release.plan.interval_s)


def silence_in_words(release: Release, *, age_s: float) -> Line:
    """Say what is known where the worker does not answer either."""
    age = words_duration(round(age_s))
    text = (
        f"nothing on record for {age}: the worker lives, but is stopped or its disk takes nothing; "
        f"last weight {release.weight}%; R rolls back all the same"
    )
    return Line(tone=Tone.ALARM, word="SILENT", text=text)
