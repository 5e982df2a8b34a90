"""A report as one page: it loads nothing, runs nothing, and shows text from outside as text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from console.evidence import Counts
from console.judge.tally import ratio
from console.plan.literal import literal
from console.plan.units import words_count, words_percent
from console.policy.judge_text import Bearing, JudgeTold
from console.release.event_words import verdict_in_words
from console.report.damage import Budget
from console.report.dates import moment, since, time_of_day
from console.report.drawing import NARROW, WIDE, Mark, Names, draw
from console.report.facts import Decision, Facts
from console.report.figures import figures_of
from console.report.series import Series

LONGEST_TEXT = 4000
KEYS_LEGEND = (
    "<span>key 1, solid: worse; key 2, dashed: worse than tolerated; at the top both are turned</span>"
)
SYMBOLS = {"done": "\u2713", "calm": "\u25b6", "wait": "\u2026", "alarm": "\u2717", "back": "\u25c0"}


def page(facts: Facts, series: Series) -> str:
    """Lay the facts out as HTML."""
    style = files("console.report").joinpath("style.css").read_text("utf-8")
    policy = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    title = f"{facts.service}: {facts.stable} to {facts.canary}, {facts.outcome.lower()}"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *_body(facts, series),
            "</body>",
            "</html>",
            "",
        )
    )


def text(value: str) -> str:
    """Make text from outside harmless: no markup, no control characters."""
    return escape(literal(value, longest=LONGEST_TEXT))


def _body(facts: Facts, series: Series) -> Iterator[str]:
    yield from _header(facts)
    yield from _charts(facts, series)
    yield from _timeline(facts)
    yield from _decisions(facts)
    yield from _people(facts)
    yield from _harm(facts)
    yield from ("<section><h2>The plan</h2>", f"<pre>{_lines(facts.plan)}</pre></section>")
    yield from _environment(facts)
    yield (
        f"<footer>Made by pithead from the release's own journal, {text(facts.release)}."
        " All times are UTC.</footer>"
    )


def _lines(value: str) -> str:
    return "\n".join(text(line) for line in value.splitlines())


def _header(facts: Facts) -> Iterator[str]:
    tone = facts.tone
    yield "<header>"
    yield f'<p class="kicker">Release report, {moment(facts.opened_at)}</p>'
    yield (
        f'<h1>{text(facts.service)} <span class="stable">{text(facts.stable)}</span>'
        f' <span class="to">to</span> <span class="canary">{text(facts.canary)}</span></h1>'
    )
    yield f'<p class="outcome {tone}">{SYMBOLS[tone]} {text(facts.outcome.capitalize())}</p>'
    yield f'<p class="headline">{text(facts.headline)}</p>'
    yield f'<div class="summary">{"".join(f"<p>{text(one)}</p>" for one in facts.summary)}</div>'
    yield '<dl class="figures">'
    for figure in figures_of(facts):
        bad = " bad" if figure.bad else ""
        yield (
            f'<div><dt>{text(figure.label)}</dt><dd class="value{bad}">{text(figure.value)}</dd>'
            f'<dd class="note">{text(figure.note)}</dd></div>'
        )
    yield "</dl></header>"


def _charts(facts: Facts, series: Series) -> Iterator[str]:
    names = Names(stable=facts.stable, canary=facts.canary)
    marks = tuple(_marks(facts))
    yield '<section class="seen"><h2>What was seen</h2>'
    if not series.looks:
        yield "<p>Nothing: the release ended before the first look at the metrics.</p></section>"
        return
    keys = KEYS_LEGEND if series.keys is not None else ""
    yield (
        f'<p class="legend"><span><b class="stable">{text(facts.stable)}</b> stable</span>'
        f'<span><b class="canary">{text(facts.canary)}</b> canary</span>'
        f"<span>guards: thin line healthy, thick bar breach, grey too few requests, outline blind</span>"
        f"{keys}</p>"
    )
    for kind, paper in (("wide", WIDE), ("narrow", NARROW)):
        yield f'<div class="{kind}">{draw(series, names=names, marks=marks, paper=paper)}</div>'
    yield "</section>"


def _marks(facts: Facts) -> Iterator[Mark]:
    for one in facts.timeline:
        if one.mark:
            when = f" {time_of_day(one.at)}" if one.grave else ""
            yield Mark(at=one.at, label=f"{one.mark}{when}", grave=one.grave)


def _timeline(facts: Facts) -> Iterator[str]:
    yield "<section><h2>What happened</h2><table>"
    yield '<thead><tr><th>UTC</th><th class="since">after</th><th>what</th></tr></thead><tbody>'
    for one in facts.timeline:
        kind = one.kind if one.kind == "rollback_decided" else ""
        kind = f"grave {kind}" if one.grave else "quiet" if one.quiet else "told"
        yield (
            f'<tr class="{kind}"><td class="time">{time_of_day(one.at)}</td>'
            f'<td class="since">{since(one.at - facts.opened_at)}</td>'
            f'<td class="words">{text(one.words)}</td></tr>'
        )
    yield "</tbody></table></section>"


GRAVE = (Bearing.PROVEN, Bearing.TURNED)


def _decisions(facts: Facts) -> Iterator[str]:
    if not facts.decisions:
        return
    yield "<section><h2>Each decision and its evidence</h2>"
    if facts.about_judge:
        yield f'<p class="formula">{text(facts.about_judge)}</p>'
    for decision in facts.decisions:
        yield from _decision(decision, facts)
    yield "</section>"


def _decision(decision: Decision, facts: Facts) -> Iterator[str]:
    yield '<article class="decision">'
    yield f'<p class="when">{time_of_day(decision.at)}</p><h3>{text(decision.words)}</h3>'
    counted = [
        counts_in_words(name, counts)
        for name, counts in ((facts.stable, decision.stable), (facts.canary, decision.canary))
        if counts is not None
    ]
    if counted:
        yield f"<p>At that weight {text(' and '.join(counted))}.</p>"
    yield "<ul>"
    if decision.judge is not None:
        yield from _judge(decision.judge)
    for heard in decision.heard:
        yield (
            f"<li>{_badge(heard.verdict)}{text(heard.words)}"
            f'<br><span class="rule">{text(heard.guard)}</span></li>'
        )
    yield "</ul></article>"


def _badge(verdict: str) -> str:
    return f'<span class="verdict {verdict}">{verdict_in_words(verdict)}</span>'


def _judge(told: JudgeTold) -> Iterator[str]:
    """Write what the judge said, and each part of it."""
    yield (f'<li>{_badge(told.verdict)}{text(told.called)}: {text(told.words)}<ul class="keys">')
    for one in told.parts:
        proven = " breach" if one.bearing in GRAVE else ""
        yield (
            f'<li><span class="bearing{proven}">{text(one.name)}, {one.bearing}</span>'
            f"{text(one.about)} {text(one.words)}</li>"
        )
    yield "</ul></li>"


def counts_in_words(name: str, counts: Counts) -> str:
    """Say what a version was asked, and how often it failed: `v2 had 1,341 requests and 40 errors (3%)`."""
    rate = ratio(counts.errors, counts.requests)
    share = f" ({words_percent(rate, digits=2)})" if rate else ""
    asked, failed = words_count(counts.requests, "request"), words_count(counts.errors, "error")
    return f"{name} had {asked} and {failed}{share}"


def _people(facts: Facts) -> Iterator[str]:
    yield "<section><h2>Who did what</h2><table><tbody>"
    for act in facts.people:
        yield (
            f'<tr><td class="time">{time_of_day(act.at)}</td><td class="who">{text(act.who)}</td>'
            f'<td class="words">{text(act.words)}</td></tr>'
        )
    yield "</tbody></table><p>Everything else was decided by the plan.</p></section>"


def _harm(facts: Facts) -> Iterator[str]:
    yield "<section><h2>The error budget</h2>"
    yield from (f"<p>{text(one)}</p>" for one in budget_in_words(facts.budget))
    yield "</section>"


def budget_in_words(budget: Budget | None) -> Sequence[str]:
    """Say what of the error budget is spent, and by which formula."""
    if budget is None:
        return ("The plan limits no error rate by itself, so it names no budget: give one with --slo 99.9%.",)
    if budget.spent_ratio is None:
        return ("There were no requests.",)
    spent, allowed = (
        words_percent(budget.spent_ratio, digits=3),
        words_percent(budget.allowed_ratio, digits=4),
    )
    counts = f"{budget.failed:,.0f} of {budget.allowed:,.0f}"
    formula = "Spent = failed requests / (allowed error rate x all requests of both versions)"
    return (
        f"{spent} of the failures that this release's requests may have had are used up: {counts}.",
        f"{formula}. The allowed rate is {allowed}: {budget.source}.",
    )


def _environment(facts: Facts) -> Iterator[str]:
    yield "<section><h2>The surroundings</h2>"
    yield _list(facts.environment)
    yield "</section>"
    if facts.chain:
        yield "<section><h2>The record</h2>"
        yield from (f"<p>{text(line)}</p>" for line in facts.chain)
        yield "</section>"


def _list(rows: Iterable[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{text(name)}</dt><dd>{text(words)}</dd>" for name, words in rows)
    return f'<dl class="facts">{listed}</dl>'
