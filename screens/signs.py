"""How an event looks in the log and on the timelines: by what it says about itself."""

from __future__ import annotations

from console.judge.reading import Verdict
from console.release import events as ev
from console.release.about import Gravity
from themes.ink import Ink

ROLLED_BACK = ev.RollbackDecided.about.sign
"""The gravest sign: none other takes its place."""
_INKS = {Gravity.STEP: Ink.STRONG, Gravity.AMISS: Ink.WAIT, Gravity.GRAVE: Ink.BAD}
_VERDICTS = {str(Verdict.HEALTHY): Ink.TEXT, str(Verdict.BREACH): Ink.BAD}
_WAITS = frozenset({ev.Paused.about.sign, ev.RouterUnread.about.sign})
"""Signs of what is waited for: they are drawn so, however grave they are."""


def ink_of(event: ev.AnyEvent) -> Ink:
    """Give the ink of an event's line."""
    if isinstance(event, ev.GuardTurned):
        return _VERDICTS.get(event.verdict, Ink.WAIT)
    return _INKS.get(event.gravity, Ink.TEXT)


def sign_of(event: ev.AnyEvent) -> tuple[str, Ink] | None:
    """Give an event's sign on a timeline; None where it has none."""
    sign = event.sign
    return (sign, Ink.WAIT if sign in _WAITS else ink_of(event)) if sign else None


def legend() -> dict[str, str]:
    """Give every sign with what it means, letters first."""
    found = {kind.about.sign: kind.about.means for kind in ev.KINDS if kind.about.means}
    return dict(sorted(found.items(), key=lambda sign: (not sign[0].isalpha(), sign[0])))
