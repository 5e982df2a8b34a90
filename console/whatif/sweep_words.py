"""A sweep as a table and a chart: when each value would have rolled back, and what that would have cost."""

from __future__ import annotations

from collections.abc import Sequence

from console.plan.columns import in_columns
from console.plan.model import Then
from console.plan.units import clock
from console.whatif.clock import about, span
from console.whatif.difference import ESTIMATE
from console.whatif.evidence import NEVER_SENT
from console.whatif.harm import Toll
from console.whatif.outcome import Ending, Fate, earlier_in_words
from console.whatif.sweep import Sweep, Swept

FULL, EIGHTHS = "█", " ▏▎▍▌▋▊▉"


def recorded_in_words(recorded: Fate, toll: Toll) -> str:
    """Say what the recording itself came to: the row that has its weights says the same."""
    served = f"the canary served {toll.served:,.0f} requests, of which {toll.failed_on_canary:,.0f} failed"
    return f"{recorded.words}; {served}; of both versions {toll.failed:,.0f} failed"


def table(tried: Sweep, swept: Sequence[Swept], recorded: Fate) -> list[str]:
    """Give the table's lines, the heading first."""
    heading = (
        tried.title,
        "outcome",
        "against the recording",
        "failed, both versions",
        "served by the canary",
    )
    rows = [heading, *(_row(one, recorded) for one in swept)]
    return in_columns(rows, right=_NUMBERS)


_NUMBERS = (0, 3, 4)


def _no_difference(tried: Sweep, swept: Sequence[Swept]) -> list[str]:
    """Say where all values come to the same, and what decided then: often it is another guard."""
    if len(swept) == 1 or len({(one.fate.way, one.fate.at) for one in swept}) > 1:
        return []
    holds = tried.guard is not None and tried.guard.then is Then.HOLD
    rule = " only holds, and" if holds else ""
    reason = f": each time it {swept[0].fate.way} because {swept[0].why}" if swept[0].why else ""
    return [f"{tried.title}{rule} makes no difference within these values{reason}"]


def _row(one: Swept, recorded: Fate) -> tuple[str, str, str, str, str]:
    outcome = f"{one.fate.way} at {clock(one.fate.at)}"
    return (
        one.words,
        f"still running at {clock(one.fate.at)}" if one.fate.way is Ending.OPEN else outcome,
        earlier_in_words(recorded, one.fate),
        _count(one.harm.simulated.failed, one),
        _count(one.harm.simulated.served, one),
    )


def _count(count: float, one: Swept) -> str:
    """Write an estimate; without evidence for a part of the time it is the least that it can be.

    Where the weights were the recorded ones, so is the count: it is what the report says.
    """
    if one.harm.unknown_s:
        return f"at least {int(count):,}"
    return f"{round(count):,}" if one.harm.exact else about(count)


def chart(tried: Sweep, swept: Sequence[Swept], *, begin: float, width: int, ascii_only: bool) -> list[str]:
    """Draw a bar a value: how long the release ran before it was rolled back."""
    longest_s = max((one.fate.at - begin for one in swept), default=0.0) or 1.0
    label = max(len(one.words) for one in swept)
    lines = [f"time until the rollback, by {tried.title} ({tried.about})"]
    for one in swept:
        length = (one.fate.at - begin) / longest_s * width
        ended = one.fate.way is Ending.ROLLED_BACK
        bar = _bar(length, ascii_only=ascii_only) if ended else ("." if ascii_only else "┄") * round(length)
        words = span(one.fate.at - begin) if ended else f"no rollback by {clock(one.fate.at)}"
        lines.append(f"{one.words:>{label}}  {bar} {words}")
    return lines


def _bar(length: float, *, ascii_only: bool) -> str:
    if ascii_only:
        return "#" * max(1, round(length))
    whole, part = divmod(round(length * 8), 8)
    return FULL * whole + EIGHTHS[part].strip()


def notes(tried: Sweep, swept: Sequence[Swept]) -> list[str]:
    """Say what decided where the number did not, how the figures are made, and what they can't know."""
    found = [*_no_difference(tried, swept), ESTIMATE]
    if any(one.harm.unknown_s for one in swept):
        found.append(f"at least: the recorded canary had no requests any more, and {NEVER_SENT}")
    return found
