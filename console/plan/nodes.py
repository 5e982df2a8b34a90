"""YAML text as a tree of nodes that know their place: what a plan needs of YAML, and nothing that harms.

PyYAML's events are read one by one, so that a bomb is refused before it unfolds: there are no aliases, no
tags, and a bound on depth and size. A scalar keeps the text as written: `1.10` stays `1.10`, `no` stays `no`.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec import Struct
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from console.plan.literal import literal, quoted
from console.plan.problems import START, Mark, Problems

DEEPEST = 12
MOST_NODES = 5000

_NULLS = ("", "~", "null", "Null", "NULL")


class Scalar(Struct, frozen=True):
    """One value, as text."""

    at: Mark
    text: str
    plain: bool
    """Whether it stands without quotes."""

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return self.plain and self.text in _NULLS


class Sequence(Struct, frozen=True):
    """A list."""

    at: Mark
    items: tuple[Node, ...]


class Mapping(Struct, frozen=True):
    """Keys and values in the file's order; a key may stand twice."""

    at: Mark
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Sequence | Mapping


def compose(text: str, problems: Problems) -> Node:
    """Read the file's one document; problems of its YAML are raised together."""
    node = _Composer(text, problems).document()
    problems.stop_if_any()
    return node


class _Composer:
    def __init__(self, text: str, problems: Problems) -> None:
        self._problems = problems
        self._events = self._parse(text)
        self._count = 0

    def document(self) -> Node:
        next(self._events)
        if isinstance(next(self._events), StreamEndEvent):
            self._problems.refuse(START, "the file is empty", hint="copy one of sample_plans to begin with")
        node = self._node(next(self._events), depth=1)
        next(self._events)
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            self._problems.refuse(
                _mark(after), "a second document begins here", hint="keep one plan in a file"
            )
        return node

    def _parse(self, text: str) -> Iterator[Event]:
        loader = yaml.SafeLoader(text)
        try:
            while loader.check_event():
                yield loader.get_event()  # type: ignore[no-untyped-call]  # the stubs leave it bare
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = Mark(mark.line + 1, mark.column + 1) if mark else START
            message, hint = _syntax(error)
            self._problems.refuse(at, message, hint=hint)
        except (yaml.YAMLError, ValueError, OverflowError):
            # PyYAML lets int() and chr() speak for themselves: "\UFFFFFFFF", %YAML with ten thousand digits.
            mark = loader.get_mark()
            self._problems.refuse(
                Mark(mark.line + 1, mark.column + 1),
                "this is not YAML: a number or an escape is out of range",
            )

    def _node(self, event: Event, *, depth: int) -> Node:
        at = _mark(event)
        self._count += 1
        if depth > DEEPEST:
            self._problems.refuse(at, f"the file is deeper than {DEEPEST} levels, which no plan is")
        if self._count > MOST_NODES:
            self._problems.refuse(at, f"the file holds more than {MOST_NODES} values, which no plan does")
        self._look_for_sharing(event, at)
        if isinstance(event, SequenceStartEvent):
            return Sequence(at, tuple(self._items(depth=depth + 1)))
        if isinstance(event, MappingStartEvent):
            return Mapping(at, tuple(self._entries(depth=depth + 1)))
        if isinstance(event, ScalarEvent):
            return self._scalar(event, at)
        return Scalar(at, "", plain=False)

    def _scalar(self, event: ScalarEvent, at: Mark) -> Scalar:
        text = event.value
        hidden = next((c for c in text if not c.isprintable() and c not in "\n\t"), "")
        if hidden:
            self._problems.add(
                at, f"{quoted(text)} holds a character that can't be seen", hint="leave it out"
            )
        return Scalar(at, text, plain=event.implicit[0])

    def _items(self, *, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self._node(event, depth=depth)

    def _entries(self, *, depth: int) -> Iterator[tuple[Scalar, Node]]:
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, depth=depth)
            value = self._node(next(self._events), depth=depth)
            if isinstance(key, Scalar):
                yield key, value
            else:
                hint = "text that begins with { or [ needs quotes around it"
                self._problems.add(key.at, "a key must be plain text", hint=hint)

    def _look_for_sharing(self, event: Event, at: Mark) -> None:
        """Anchors and aliases can make a small file unfold without end, tags can name any type."""
        if isinstance(event, AliasEvent):
            hint = "write the value out, or quote the text if a * begins it"
            self._problems.add(at, f"the alias {quoted('*' + str(event.anchor))} is not read", hint=hint)
        elif isinstance(event, NodeEvent) and event.anchor:
            hint = "leave it out, or quote the text if an & begins it"
            self._problems.add(at, f"the anchor {quoted('&' + event.anchor)} is not read", hint=hint)
        tag = getattr(event, "tag", None)
        if tag:
            hint = "leave it out, or quote the text if a ! begins it"
            self._problems.add(at, f"the tag {quoted(tag)} is not read", hint=hint)


def _mark(event: Event) -> Mark:
    assert event.start_mark is not None
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _syntax(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = error.problem or "it can't be parsed"
    if "'\\t'" in problem:
        return "a tab stands where only spaces may", "indent with spaces"
    if "mapping values are not allowed" in problem:
        return "a second `:` stands in one line", "look at the indentation, or put the value in quotes"
    begins = f" that begins in line {error.context_mark.line + 1}" if error.context_mark else ""
    context = f" {error.context}{begins}" if error.context else ""
    return f"this is not YAML: {literal(problem + context, longest=160)}", ""
