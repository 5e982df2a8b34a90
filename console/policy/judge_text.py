"""What a judge's verdict is in words: what a module of `console.policy.judges` may say better."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from console.judge.reading import Verdict
from console.judge.verdict import Wait
from console.plan.units import words_duration

if TYPE_CHECKING:
    from console.plan.model import Plan
    from console.release.state import Release


class Bearing(StrEnum):
    """What one part of a verdict says by itself."""

    NONE = "no sign"
    UNKNOWN = "no data"
    SIGN = "a sign"
    PROVEN = "proven"
    UNTURNED = "not turned"
    TURNED = "turned"


class Part(Struct, frozen=True, kw_only=True):
    """One part of what a judge looks at, in words."""

    name: str
    bearing: Bearing
    words: str
    about: str
    """What it asks or counts; the words go on from there."""


class JudgeTold(Struct, frozen=True, kw_only=True):
    """All that a judge says at one instant, for a reader who was not there."""

    called: str
    """How a sentence names the judge."""
    verdict: Verdict
    words: str
    parts: tuple[Part, ...] = ()


class Heard(Struct, frozen=True, kw_only=True):
    """A judge told in one line, as a guard is: the rule that it holds the canary to, and what it says."""

    rule: str
    verdict: Verdict
    words: str


class JudgeText:
    """What a judge says in words, with nothing but its verdict known. Every method may be said better."""

    def __init__(self, *names: str) -> None:
        self.names = names
        """What it is called where guards are called by their names, first the name that is shown."""

    @property
    def name(self) -> str:
        """The name that is shown."""
        return self.names[0]

    @property
    def called(self) -> str:
        """How a sentence names it."""
        return self.name

    @property
    def proven(self) -> str:
        """How a sentence says that it rolls back by its proof."""
        return f"{self.called} has its proof"

    def in_words(self, release: Release) -> str:
        """Say what holds the release, or what it has seen; empty where it has said nothing."""
        # What every judge has: its word and its reason. A judge without a text of its own is still told.
        said = release.judge_says
        return f"{self.called}: {release.judge_word}, {said.why}" if said is not None else ""

    def shown_in_words(self, release: Release) -> str:
        """Say what it has seen of the canary."""
        return self.in_words(release)

    def is_about_errors(self, release: Release) -> bool:
        """Whether what it has seen is errors: the headline then says what users feel."""
        _ = release
        return False

    def awaited_in_words(self, release: Release, wait: Wait, *, now: float) -> str:
        """Say what the next step waits for."""
        left_s = release.judge_left_s(wait, now=now)
        when = "" if left_s is None else f" in {words_duration(round(left_s))}"
        return f"{self.called} says more{when}"

    def shown_after_in_words(self, release: Release) -> str:
        """Say within what time damage would show at the weight in force; empty where unknown."""
        _ = release
        return ""

    def told(self, release: Release) -> JudgeTold | None:
        """Explain all that it says now; None before its first look, or where one line says it."""
        _ = release
        return None

    def heard(self, release: Release) -> Heard | None:
        """Return it in one line, like a guard's; None where `told` says it, or it has said nothing."""
        _ = release
        return None

    def proof_in_words(self, release: Release) -> str:
        """Say in one sentence why it rolls back, and how sure it is; empty where it does not."""
        _ = release
        return ""

    def meaning_in_words(self, plan: Plan) -> str:
        """Say once what its evidence means, for a reader who has never seen it."""
        _ = plan
        return ""
