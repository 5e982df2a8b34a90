"""A worker that puts nothing on record, or is dead: when that is so, and the headline of it."""

from __future__ import annotations

from console.plan.units import clock, words_duration
from console.policy.headline import Line, Tone, Word, headline
from console.release.state import Phase, Release

STALE_TICKS = 3
"""What is older than this many intervals is called stale."""
SILENT_S = 5.0
"""A worker puts something on record each tick: without for so long, and as many ticks, something is wrong."""


def is_silent(release: Release, *, last_at: float, now: float) -> bool:
    """Whether the worker of a release under way has put nothing on record for too long."""
    under_way = release.phase in (Phase.RUNNING, Phase.ROLLING_BACK)
    return under_way and now - last_at > max(SILENT_S, STALE_TICKS * release.plan.interval_s)


def silence_in_words(release: Release, *, age_s: float, here: bool) -> Line:
    """Say what is known where the worker does not answer either, and what moves traffic all the same."""
    age = words_duration(round(age_s))
    seen = f"nothing on record for {age}: the worker lives, but is stopped or its disk takes nothing"
    way = "R" if here else f"pithead rollback {release.name}"
    return headline(
        Word.BLIND,
        f"{seen}; last weight {release.weight}%",
        f"{way} rolls back all the same",
        tone=Tone.ALARM,
    )


def death_in_words(release: Release, *, since: float, here: bool) -> Line:
    """Say that nobody drives it, and what mends that: the keys `here`, or the commands on its host."""
    weight = "" if release.weight is None else f"; the weight stays at {release.weight}%"
    commands = f"on its host: pithead rollback {release.name}, or pithead resume {release.name}"
    mend = "R rolls back, r resumes it, holding first" if here else commands
    return headline(Word.WORKER_DEAD, f"since {clock(since)}{weight} and nothing watches", mend)
