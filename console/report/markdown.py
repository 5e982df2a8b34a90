"""A report as Markdown, for a ticket: text from outside can make no links, no mentions, no markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from console.plan.literal import literal
from console.release.event_words import verdict_in_words
from console.report.dates import moment, since, time_of_day
from console.report.facts import Decision, Facts
from console.report.figures import figures_of
from console.report.page import budget_in_words, counts_in_words

LONGEST_TEXT = 4000
_SPECIAL = re.compile(r"^[-+=]|[\\`*_{}\[\]#!|~^$]")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_LINK = re.compile(r":(?=//)|(?<=www)\.|@", re.IGNORECASE)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def text(value: str) -> str:
    """Make text from outside harmless within a line."""
    escaped = _SPECIAL.sub(r"\\\g<0>", literal(value, longest=LONGEST_TEXT))
    escaped = _NUMBERED.sub(r"\1\\\2", escaped)
    escaped = "".join(_ENTITIES.get(character, character) for character in escaped)
    return _LINK.sub(lambda found: f"&#{ord(found[0])};", escaped)


def markdown(facts: Facts) -> str:
    """Lay the facts out as Markdown."""
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    yield f"# {text(facts.service)}: {text(facts.stable)} to {text(facts.canary)}"
    yield from (
        "",
        f"**{text(facts.outcome.capitalize())}**, {moment(facts.opened_at)}",
        "",
        text(facts.headline),
        "",
    )
    for sentence in facts.summary:
        yield from (text(sentence), "")
    yield from ("| | | |", "|---|---:|---|")
    for figure in figures_of(facts):
        yield f"| {text(figure.label)} | **{text(figure.value)}** | {text(figure.note)} |"
    yield from _timeline(facts)
    yield from ("", "## Each decision and its evidence")
    if facts.about_judge:
        yield from ("", text(facts.about_judge))
    for decision in facts.decisions:
        yield from _decision(decision, facts)
    yield from ("", "## Who did what", "")
    yield from (f"- {time_of_day(act.at)} {text(act.who)}: {text(act.words)}" for act in facts.people)
    yield from ("", "## The error budget", "")
    yield from (text(sentence) for sentence in budget_in_words(facts.budget))
    yield from ("", "## The plan", "", *_fenced(facts.plan))
    yield from ("", "## The surroundings", "")
    yield from (f"- {text(name)}: {text(words)}" for name, words in facts.environment)
    if facts.chain:
        yield from ("", "## The record", "")
        yield from (f"- {text(line)}" for line in facts.chain)


def _timeline(facts: Facts) -> Iterator[str]:
    yield from ("", "## What happened", "", "| UTC | after | what |", "|---|---:|---|")
    for one in facts.timeline:
        words = f"**{text(one.words)}**" if one.grave else text(one.words)
        yield f"| {time_of_day(one.at)} | {text(since(one.at - facts.opened_at))} | {words} |"


def _decision(decision: Decision, facts: Facts) -> Iterator[str]:
    yield from ("", f"### {time_of_day(decision.at)} {text(decision.words)}", "")
    for name, counts in ((facts.stable, decision.stable), (facts.canary, decision.canary)):
        if counts is not None:
            yield f"- {text(counts_in_words(name, counts))}"
    if decision.judge is not None:
        told = decision.judge
        yield f"- **{verdict_in_words(told.verdict)}**: {text(told.called)}: {text(told.words)}"
        for one in told.parts:
            yield f"  - {text(one.name)}, {one.bearing}: {text(one.about)} {text(one.words)}"
    yield from (
        f"- **{verdict_in_words(heard.verdict)}**: {text(heard.words)} ({text(heard.guard)})"
        for heard in decision.heard
    )


def _fenced(block: str) -> Iterator[str]:
    """Fence a block with more backticks than it has in a row."""
    longest = max((len(run) for run in re.findall("`+", block)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = (literal(line, longest=LONGEST_TEXT) for line in block.splitlines())
    yield from (f"{fence}text", *lines, fence)
