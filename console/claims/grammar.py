"""Claims as text: read by recursive descent; what can't be read is pointed at by its column.

```
claim       [how] comparison {"and" comparison} [how] [when] [how]
comparison  subject ("==" | "!=" | "<" | "<=" | ">" | ">=") value
subject     "verdict(" guard, metric, "keys" or "kayenta" ")" | "weight" | "stage" | "outcome" | "phase"
how         "ever" | "never" | "always"
when        "at" T | "before" T | "after" T | "between" T "and" T
T           14:02 | 14:02:11 | +5m | -30s | stage 3 | 50% | start | end
```
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from math import inf
from typing import Any

from msgspec import Struct

from console.claims.model import Claim, ClaimError, Comparison, How, Subject, When
from console.claims.moments import Course, moment, moment_within
from console.judge.reading import Verdict
from console.plan.judges import RULES
from console.plan.literal import literal, quoted
from console.plan.model import Plan
from console.plan.units import BadValue, clock
from console.policy.judge_words import text_for
from console.release.events import Outcome
from console.release.state import Phase

KEYS = "keys"
"""The two keys, where a plan has them."""
NO_OUTCOME = "none"
"""The outcome of a release that has not ended."""
WORDS = {
    Subject.VERDICT: tuple(Verdict),
    Subject.OUTCOME: (*Outcome, NO_OUTCOME),
    Subject.PHASE: tuple(Phase),
}
"""The values of the subjects that are words."""
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_SPANS = ("at", "before", "after", "between")
_WORD = re.compile(r"[A-Za-z_]+")
_GUARD = re.compile(r"""\(\s*(?:"(?P<quoted>[^"]+)"|(?P<bare>[^)]+?))\s*\)""")
_OPERATOR = re.compile("|".join(map(re.escape, OPERATORS)))
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*%?")
_MOMENT = re.compile(r"\S+?(?:\s*\d+)?(?=\s+(?:ever|never|always|and)\b|\s*$)")


class Told(Struct, frozen=True, kw_only=True):
    """What a claim is read against: the recording's plan and course."""

    plan: Plan
    course: Course


def read_claim(text: str, told: Told) -> Claim:
    """Read one claim; raises `ClaimError`."""
    return _Reader(text, told).claim()


class _Reader:
    """Stands at a place in the text and reads on from there."""

    def __init__(self, text: str, told: Told) -> None:
        self._text = text
        self._told = told
        self._place = 0
        self._skip()

    def claim(self) -> Claim:
        how = self._how(None)
        comparisons = [self._comparison()]
        while self._word_is("and"):
            comparisons.append(self._comparison())
        how = self._how(how)
        when = self._when()
        how = self._how(how)
        if self._place < len(self._text):
            raise self._error("the claim should end here", "write ever, never, always, at, before or after")
        return Claim(
            text=literal(self._text.strip(), longest=200),
            comparisons=tuple(comparisons),
            how=how or How.EVER,
            when=when or self._whole(how),
        )

    def _whole(self, how: How | None) -> When:
        """Without a time a claim speaks of the end, or with a `how` of the whole recording."""
        course = self._told.course
        if how is None:
            return When(begin=course.ends_at, end=course.ends_at)
        return When(begin=course.begins_at, end=inf)

    def _how(self, before: How | None) -> How | None:
        start = self._place
        word = self._peek()
        if word not in tuple(How):
            return before
        if before is not None:
            self._place = start
            raise self._error(f"{word} comes too late: it says {before} already", "keep one of them")
        self._word_is(word)
        return How(word)

    def _comparison(self) -> Comparison:
        start, name = self._place, self._peek()
        if name not in tuple(Subject):
            raise self._error(
                "a claim compares something here", f"write one of {', '.join(Subject)}, as in weight == 50"
            )
        subject = Subject(name)
        self._word_is(name)
        guards = self._guards() if subject is Subject.VERDICT else ()
        about = self._text[start : self._place].strip()
        sign = self._operator(subject)
        return Comparison(
            subject=subject, guards=guards, operator=sign, value=self._value(subject), about=about
        )

    def _guards(self) -> tuple[str, ...]:
        """Find the guards of this name, or all that watch the metric of this name, or a judge."""
        place, match = self._place, self._take(_GUARD)
        if match is None:
            raise self._error("a verdict is a guard's", "write verdict(NAME), as in verdict(error_rate)")
        name = match["quoted"] or match["bare"]
        guards = {guard.name: guard for stage in self._told.plan.stages for guard in stage.guards}
        if name in guards:
            return (name,)
        found = tuple(each.name for each in guards.values() if each.metric == name)
        if found:
            return found
        if name in self._judges:
            return (self._judges[name],)
        self._place = place + 1
        known = dict.fromkeys(name for guard in guards.values() for name in (guard.metric, guard.name))
        known |= dict.fromkeys(self._judges)
        raise self._error(
            f"the plan has no guard {quoted(name)}",
            f"it has {', '.join(literal(each) for each in known) or 'no guards at all'}",
        )

    @property
    def _judges(self) -> dict[str, str]:
        """The judges of the traffic that the plan has, each by the names that it may be called by."""
        plan = self._told.plan
        if plan.judge_kind == RULES:
            return {}
        text = text_for(plan)
        return dict.fromkeys(reversed(text.names), text.name)

    def _operator(self, subject: Subject) -> str:
        place, match = self._place, self._take(_OPERATOR)
        if match is None:
            hint = "write == or !=" if subject in WORDS else f"write one of {' '.join(OPERATORS)}"
            raise self._error("a comparison sign is missing here", hint)
        if subject in WORDS and match[0] not in ("==", "!="):
            self._place = place
            raise self._error(f"{subject} has no order", "write == or !=")
        return match[0]

    def _value(self, subject: Subject) -> str | float:
        if subject in WORDS:
            word = self._peek()
            if word not in WORDS[subject]:
                known = ", ".join(WORDS[subject])
                raise self._error(f"{quoted(word)} is no {subject}", f"write one of {known}")
            self._word_is(word)
            return word
        match = self._take(_NUMBER)
        if match is None:
            raise self._error(f"a {subject} is a number", f"write one, as in {subject} == 3")
        return float(match[1])

    def _when(self) -> When | None:
        word = self._peek()
        if word not in _SPANS:
            return None
        self._word_is(word)
        course = self._told.course
        match word:
            case "before":
                return When(begin=course.begins_at, end=self._end(course.begins_at))
            case "after":
                return When(begin=self._moment(moment_within), end=inf)
            case "between":
                begin = self._moment(moment_within)
                if not self._word_is("and"):
                    raise self._error("between wants a second time", "write between T and T")
                return When(begin=begin, end=self._end(begin))
            case _:
                begin = self._moment(moment_within)
                return When(begin=begin, end=begin)

    def _end(self, begin: float) -> float:
        place, end = self._place, self._moment(moment)
        if end <= begin:
            self._place = place
            hint = f"write one after {clock(begin)}"
            raise self._error("the time ends before it begins, and nothing is in it", hint)
        return end

    def _moment(self, read: Callable[[str, Course], float]) -> float:
        place, match = self._place, self._take(_MOMENT)
        try:
            return read(match[0] if match else "", self._told.course)
        except BadValue as error:
            self._place = place
            raise self._error(str(error), error.hint) from error

    def _peek(self) -> str:
        match = _WORD.match(self._text, self._place)
        return match[0] if match else ""

    def _word_is(self, word: str) -> bool:
        """Read over the word where it stands here."""
        if self._peek() != word:
            return False
        self._place += len(word)
        self._skip()
        return True

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._place)
        if match is not None:
            self._place = match.end()
            self._skip()
        return match

    def _skip(self) -> None:
        while self._place < len(self._text) and self._text[self._place].isspace():
            self._place += 1

    def _error(self, message: str, hint: str) -> ClaimError:
        """Show the claim with a sign under the place where it went wrong."""
        shown = "".join(sign if sign.isprintable() else " " for sign in self._text)
        pointer = " " * self._place + "^"
        where = f"column {self._place + 1} of the claim: {message}"
        return ClaimError(f"{where}\n         {shown}\n         {pointer}", hint=hint)
