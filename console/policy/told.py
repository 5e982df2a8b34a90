"""A record in words; an end is said in the headline's own sentence."""

from __future__ import annotations

from console.policy.explain import explain
from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.state import Release


def record_in_words(event: ev.AnyEvent, release: Release) -> str:
    """Say what happened; `release` is the state after the event, with all that was seen."""
    # The reason in the record was written before the last look at the release: the headline has both.
    if isinstance(event, ev.ReleaseEnded) and release.end is not None:
        return explain(release, now=release.end.at).sentence
    return event_in_words(event, release)
