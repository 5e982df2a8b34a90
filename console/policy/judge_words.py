"""From a release's judge to what it says in words: the only place that imports the modules that say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.policy.judge_text import JudgeText
from console.policy.judges import kayenta, two_keys

if TYPE_CHECKING:
    from console.judge.verdict import Wait
    from console.plan.model import Plan
    from console.release.state import Release

_TEXTS: dict[str, JudgeText] = {"two_keys": two_keys.TEXT, "kayenta": kayenta.TEXT}
"""Each by its judge's name; of any other judge the verdict alone is said."""


def text_for(plan: Plan) -> JudgeText:
    """Return the words of the plan's judge."""
    return _TEXTS.get(plan.judge_kind) or JudgeText(plan.judge_kind)


def judge_in_words(release: Release) -> str:
    """Say what holds the release, or what the judge has seen; empty where it has said nothing."""
    return text_for(release.plan).in_words(release)


def awaited_in_words(release: Release, wait: Wait, *, now: float) -> str:
    """Say what the judge lets the next step wait for."""
    return text_for(release.plan).awaited_in_words(release, wait, now=now)
