"""A store that answers late by a constant time: told from its newest samples' age, and allowed for; pure.

VictoriaMetrics shows the data of half a minute ago (`-search.latencyOffset`), managed stores what has come in
by then. Such data is as good as any, only older: it is judged, and belongs to the weight that was in force
when it was made.
"""

from __future__ import annotations

from console.preflight import Check

LONGEST_S = 120.0
"""Seconds of lag beyond which a store is refused: a rollback would come too late."""
_SCRAPES = 2.0
"""Scrape intervals: samples are up to one old where nothing lags, so that twice that is a lag."""
NAME = "age of samples"
_MEND = "in VictoriaMetrics -search.latencyOffset=1s removes it; else see when its data comes in"


def lag_of(age_s: float, *, every_s: float, interval_s: float) -> float:
    """Return how far a store is behind whose newest sample is this old; 0 where a scrape explains it."""
    return age_s if age_s > _SCRAPES * max(every_s, interval_s) else 0.0


def lag_in_words(lag_s: float) -> str:
    """Say how late the store answers from now on."""
    if not lag_s:
        return "the store answers in time again"
    return (
        f"the store answers {lag_s:.0f} s late from now on: holds and horizons begin that much after each"
        f" weight, and damage is seen that much later; {_MEND}"
    )


def lag_check(lag_s: float, *, every_s: float, stable: str) -> Check | None:
    """Say what it means for the release; None where nothing lags."""
    if not lag_s:
        return None
    found = f"{stable} is scraped every {every_s:.2g} s, and its newest sample is {lag_s:.0f} s old"
    if lag_s > LONGEST_S:
        words = f"{found}: more than {LONGEST_S:.0f} s can't be allowed for; {_MEND}"
        return Check(name=NAME, ok=False, words=words)
    words = (
        f"{found}: the store answers late, so holds and horizons begin {lag_s:.0f} s after each weight, and"
        f" damage is seen that much later; {_MEND}"
    )
    return Check(name=NAME, ok=True, words=words, warning=True)
