"""Claims tried on a recording: one pass over its records, and a sentence for each claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from msgspec import Struct

from console.claims.grammar import NO_OUTCOME, OPERATORS
from console.claims.model import Claim, Comparison, How, Subject
from console.judge.reading import Verdict
from console.policy.judge_words import text_for
from console.release.events import Record
from console.release.fold import fold
from console.release.state import Release

_WORST_FIRST = (Verdict.BREACH, Verdict.BLIND, Verdict.INSUFFICIENT, Verdict.HEALTHY)

Actual = str | float | None


class Stretch(Struct, frozen=True, kw_only=True):
    """A time through which the answer to a claim did not change; `end` is not in it."""

    begin: float
    end: float
    true: bool | None
    """None where there was nothing to compare: no verdict, or no weight known."""
    seen: tuple[tuple[str, Actual], ...]
    """Each subject with its value when the stretch began."""


class Finding(Struct, frozen=True, kw_only=True):
    """What came of one claim."""

    claim: Claim
    held: bool
    stretches: tuple[Stretch, ...]
    """Those within the claim's time: the reason."""
    elsewhere: tuple[Stretch, ...]
    """Those outside of it in which it was true."""


def instants(records: Iterable[Record]) -> Iterator[tuple[float, Release]]:
    """Give each instant at which something happened, with the release after all that happened then."""
    release: Release | None = None
    at = -inf
    for record in records:
        if release is not None and record.at > at:
            yield at, release
        release, at = fold(release, record), max(at, record.at)
    if release is not None:
        yield at, release


def try_claims(claims: Sequence[Claim], records: Iterable[Record]) -> list[Finding]:
    """Try all claims in one pass."""
    lines = [_Line(claim) for claim in claims]
    for at, release in instants(records):
        for line in lines:
            line.look(at, release)
    return [_finding(line) for line in lines]


class _Line:
    """One claim's answers along the time."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._open: Stretch | None = None
        self._closed: list[Stretch] = []

    @property
    def stretches(self) -> list[Stretch]:
        """All of them; the last one has no end."""
        return [*self._closed, self._open] if self._open else []

    def look(self, at: float, release: Release) -> None:
        """Take up one instant."""
        seen = tuple((one.about, actual(one, release)) for one in self.claim.comparisons)
        before = self._open
        if before is not None and before.seen == seen:
            return
        if before is not None:
            self._closed.append(Stretch(begin=before.begin, end=at, true=before.true, seen=before.seen))
        self._open = Stretch(begin=at, end=inf, true=_answer(self.claim, seen), seen=seen)


def _answer(claim: Claim, seen: tuple[tuple[str, Actual], ...]) -> bool | None:
    if any(value is None for _, value in seen):
        return None
    pairs = zip(claim.comparisons, seen, strict=True)
    return all(OPERATORS[one.operator](value, one.value) for one, (_, value) in pairs)


def actual(comparison: Comparison, release: Release) -> Actual:
    """Give what the comparison's subject is just now; None where it can't be said."""
    match comparison.subject:
        case Subject.WEIGHT:
            return release.weight
        case Subject.STAGE:
            return release.index + 1
        case Subject.PHASE:
            return release.phase
        case Subject.OUTCOME:
            return release.end.outcome if release.end else NO_OUTCOME
        case Subject.VERDICT:
            return _worst(release, comparison.guards)


def _worst(release: Release, guards: tuple[str, ...]) -> Verdict | None:
    verdicts = {reading.verdict for reading in release.memory.readings if reading.guard in guards}
    if text_for(release.plan).name in guards and release.judge_word is not None:
        verdicts.add(release.judge_word)
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)


def _finding(line: _Line) -> Finding:
    inside = [stretch for stretch in line.stretches if _within(stretch, line.claim)]
    outside = [stretch for stretch in line.stretches if stretch.true and stretch not in inside]
    return Finding(
        claim=line.claim,
        held=_holds(line.claim.how, [stretch.true for stretch in inside if stretch.true is not None]),
        stretches=tuple(inside),
        elsewhere=tuple(outside),
    )


def _within(stretch: Stretch, claim: Claim) -> bool:
    when = claim.when
    if when.instant:
        return stretch.begin <= when.begin < stretch.end
    return stretch.begin < when.end and stretch.end > when.begin


def _holds(how: How, answers: Sequence[bool]) -> bool:
    """Nothing to compare is no proof: then no claim holds."""
    match how:
        case How.EVER:
            return any(answers)
        case How.NEVER:
            return bool(answers) and not any(answers)
        case How.ALWAYS:
            return bool(answers) and all(answers)
