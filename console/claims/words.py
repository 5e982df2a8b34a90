"""What came of a claim, in a sentence with the times in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from console.claims.model import How
from console.claims.trial import Actual, Finding, Stretch
from console.plan.units import clock

MOST_TIMES = 3
"""More stretches than these are counted, not listed."""


def finding_in_words(finding: Finding) -> str:
    """Say whether the claim held; where it did not, when it was true and what was seen instead."""
    if finding.held:
        return f"holds: {finding.claim.text}"
    return f"does not hold: {finding.claim.text}; {_why(finding)}"


def _why(finding: Finding) -> str:
    answers = [stretch for stretch in finding.stretches if stretch.true is not None]
    if not answers:
        what = " and ".join(one.about for one in finding.claim.comparisons)
        return f"there was no {what} to look at then{_elsewhere(finding)}"
    match finding.claim.how:
        case How.NEVER:
            return f"it was true {_times([stretch for stretch in answers if stretch.true])}"
        case How.ALWAYS:
            return _list([f"{_seen(stretch)} {_time(stretch)}" for stretch in answers if not stretch.true])
        case How.EVER:
            return f"{_seen(answers[-1])}{_elsewhere(finding) or '; it was never true in this recording'}"


def _elsewhere(finding: Finding) -> str:
    return f"; it was true {_times(finding.elsewhere)}" if finding.elsewhere else ""


def _seen(stretch: Stretch) -> str:
    return " and ".join(f"{about} was {_value(value)}" for about, value in stretch.seen)


def _value(value: Actual) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _times(stretches: Sequence[Stretch]) -> str:
    return _list([_time(stretch) for stretch in stretches])


def _list(times: Sequence[str]) -> str:
    named, more = ", ".join(times[:MOST_TIMES]), len(times) - MOST_TIMES
    return f"{named} and {more} times more" if more > 0 else named


def _time(stretch: Stretch) -> str:
    if stretch.end == inf:
        return f"from {clock(stretch.begin)} on"
    return f"from {clock(stretch.begin)} to {clock(stretch.end)}"
