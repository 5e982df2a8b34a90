"""The terminal's bell and its notification, for a person who looks elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from console.plan.literal import literal
from console.plan.model import Occasion
from console.policy.explain import explain
from console.policy.situation import situation_of
from console.release.state import Release

SETTING = "PITHEAD_BELL"
_BELL, _NOTIFY, _END = "\a", "\x1b]9;", "\x1b\\"
_CALLS = frozenset({Occasion.HOLD, Occasion.ROLLBACK, Occasion.APPROVAL})


class Bell:
    """Rings when the release comes to want a person: on hold, on rollback, on an approval wanted."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """PITHEAD_BELL=off keeps it silent."""
        self._silent = environment.get(SETTING, "") in ("off", "0")
        self._last: object = None

    def sound(self, release: Release) -> str:
        """Give what to write to the terminal: the bell, and OSC 9 with a line of text; mostly nothing."""
        news, before = situation_of(release), self._last
        self._last = news
        if self._silent or news is None or news == before or news.occasion not in _CALLS:
            return ""
        plan = release.plan
        word = explain(release, now=release.tick_at or release.opened_at).word
        words = literal(f"pithead: {plan.service} {plan.canary.name}: {word}")
        return f"{_BELL}{_NOTIFY}{words}{_END}"
