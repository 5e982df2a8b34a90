"""The two keys in words, asked as every judge is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.judge.keys.channels import Kind
from console.plan.judges.two_keys import NAME
from console.policy.judge_text import JudgeText, JudgeTold
from console.policy.judges.two_keys.keys_told import keys_told, meaning_of_evidence, proof_in_words
from console.policy.judges.two_keys.keys_words import (
    hidden_in_words,
    keys_in_words,
    keys_of,
    loudest,
    shown_after_in_words,
    shown_in_words,
)

if TYPE_CHECKING:
    from console.judge.verdict import Wait
    from console.plan.model import Plan
    from console.release.state import Release


class TwoKeysText(JudgeText):
    """The two keys in words."""

    @property
    def called(self) -> str:
        """How a sentence names them."""
        return f"the {self.name}"

    @property
    def proven(self) -> str:
        """How a sentence says that they roll back."""
        return f"{self.called} are turned"

    def in_words(self, release: Release) -> str:
        """Say what holds the release, or what the loudest channel shows."""
        return keys_in_words(release)

    def shown_in_words(self, release: Release) -> str:
        """Say what the loudest channel shows."""
        said = keys_of(release).said
        return "" if said is None else shown_in_words(release, loudest(said))

    def is_about_errors(self, release: Release) -> bool:
        """Whether errors speak loudest."""
        said = keys_of(release).said
        return said is not None and loudest(said).kind is Kind.ERRORS

    def awaited_in_words(self, release: Release, wait: Wait, *, now: float) -> str:
        """Say how long damage can hide here and at the next weight."""
        _ = wait, now
        return hidden_in_words(release) or "nothing was compared yet"

    def shown_after_in_words(self, release: Release) -> str:
        """Say within what time damage would show."""
        return shown_after_in_words(release)

    def told(self, release: Release) -> JudgeTold | None:
        """Explain what the keys, the channels and the limits say."""
        told = keys_told(release)
        if told is None:
            return None
        parts = (*told.keys, *told.channels, *told.limits)
        return JudgeTold(called=self.called, verdict=told.verdict, words=told.words, parts=parts)

    def proof_in_words(self, release: Release) -> str:
        """Say what was proven, and by how much."""
        return proof_in_words(release)

    def meaning_in_words(self, plan: Plan) -> str:
        """Say what odds are, and why there are two keys."""
        return meaning_of_evidence(plan)


TEXT = TwoKeysText(NAME, "keys")
