"""A promotion says at which weights the canary is shown not to be worse, and which were only waited out."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from console.judge.terms import terms_of
from console.policy.forward import shown_in_words
from console.release import events as ev
from tests.policy.test_judge import JUDGE, PAST, follow, judged_plan, live, traffic
from tests.releases import PREFLIGHT, Story

HOLD_S = 120.0
"""A canary's pods are cold for a minute, and their latency is not judged."""
TOLERANT = replace(JUDGE, tolerate=0.02)


def begun(*, third_key: bool = True) -> Story:
    of = judged_plan(TOLERANT)
    longer = tuple(replace(each, hold_s=HOLD_S) for each in of.stages)
    story = Story(replace(of, stages=longer))
    terms = terms_of(TOLERANT, PAST, scrape_s=None)
    if not third_key:
        terms = replace(terms, settings=replace(terms.settings, third_key=UNSET))
    story.tell(ev.RouterSeen(weight=0), ev.JudgeBegun(terms=terms), PREFLIGHT)
    return follow(story)


def test_what_is_shown_is_said_of_a_promotion() -> None:
    story = live(begun(), traffic(rps=5000.0), ticks=900)
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.PROMOTED
    assert story.release.shown_harmless
    assert story.release.end.reason.startswith("v2 passed every stage, shown not worse at ")


def test_what_was_only_waited_out_is_said_too() -> None:
    story = live(begun(), traffic(rps=200.0), ticks=900)
    assert story.release.end is not None
    assert story.release.end.reason == "v2 passed every stage, waited out at 10% and 50%"


def test_terms_from_before_the_third_key_promote_in_the_words_of_then() -> None:
    story = live(begun(third_key=False), traffic(rps=5000.0), ticks=900)
    assert story.release.end is not None
    assert story.release.end.reason == "v2 passed every stage"
    assert shown_in_words(story.release) == ""
