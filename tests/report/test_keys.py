"""A report of a release that the two keys rolled back, for someone who does not know them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from msgspec.structs import replace

from console.plan.model import Judge, Slo
from console.report.damage import budget_of
from console.report.facts import Facts, facts_of
from console.report.figures import figures_of
from console.report.markdown import markdown
from console.report.page import page
from tests.releases import Story
from tests.report.drawn import drawn
from tests.report.stories import proven, rolled_back

SIGNS_OF_THE_JOURNAL = (" -> ", "(alone ", " | ")


@pytest.fixture(scope="module")
def story() -> Story:
    return proven()


@pytest.fixture(scope="module")
def facts(story: Story) -> Facts:
    return facts_of(story.records)


def test_the_summary_says_in_words_what_was_proven_and_how_surely(facts: Facts) -> None:
    said = facts.summary[1]
    assert said.startswith("The two keys rolled it back at ")
    assert re.search(r"v2 answered [\d.]+% of [\d,]+ requests with 5xx, v1 0.1%; the evidence", said)
    assert re.search(r"stands at \d+:1, where 100:1 is needed", said)


def test_no_line_of_the_report_is_the_journals_shorthand(facts: Facts) -> None:
    told = [*facts.summary, *(one.words for one in facts.timeline), *(one.words for one in facts.decisions)]
    assert not [line for line in told for sign in SIGNS_OF_THE_JOURNAL if sign in line]


def test_the_rollback_is_timed_from_when_the_evidence_began_to_grow(facts: Facts) -> None:
    assert facts.reaction is not None
    assert facts.reaction.by_keys
    detected = figures_of(facts)[0]
    assert detected.label == "Detected"
    assert detected.note == "from the evidence beginning to grow to the decision"
    assert 5 <= (facts.reaction.detection_s or 0) <= 20


def test_a_guards_rollback_is_not_told_as_the_keys(facts: Facts) -> None:
    of_guard = facts_of(rolled_back().records)
    assert of_guard.summary[1].startswith("A guard rolled it back")
    assert of_guard.about_judge == ""
    assert facts.about_judge


def test_page_and_markdown_hold_both_keys_and_every_channel(story: Story, facts: Facts) -> None:
    for shown in (page(facts, drawn(story.records)), markdown(facts)):
        words = re.sub(r"<[^>]+>|\*", " ", shown)
        assert re.search(r"key 1, turned:? +is v2 worse than v1\? \d+:1, and 100:1 turns it", words)
        assert re.search(r"errors, proven:? +requests that failed: v1 0.1%", words)
        assert "limit, no sign" in words


def test_the_keys_are_drawn_from_nothing_to_turned(story: Story) -> None:
    keys = drawn(story.records).keys
    assert keys is not None
    for key in keys:
        seen = [share for share in key if share is not None]
        assert (seen[0], seen[-1]) == (0.0, 1.0)
        assert all(before <= after + 0.5 for before, after in pairwise(seen))
    assert drawn(rolled_back().records).keys is None


def test_the_budget_of_a_judged_plan_is_its_objective(story: Story, facts: Facts) -> None:
    strict = replace(story.release.plan, judge=Judge(slo=Slo(error_rate=0.001)))
    budget = budget_of(facts.damage, strict, slo=None)
    assert budget is not None
    assert (budget.allowed_ratio, budget.source) == (0.001, "the plan's objective")
