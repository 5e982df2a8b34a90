"""Typed reading of a file's mappings: what is wrong is noted with its place, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from console.plan.literal import quoted
from console.plan.nearest import nearest
from console.plan.nodes import Mapping, Node, Scalar, Sequence
from console.plan.problems import Mark, Problems
from console.plan.units import BadValue

T = TypeVar("T")
S = TypeVar("S", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """A value, where it stands, and whether it may be compared with others."""

    value: T
    at: Mark
    given: bool = True
    """Whether the file holds it: False for a default."""
    sound: bool = True
    """False where a problem is noted already and `value` only stands in."""


class Fields:
    """One mapping of the file, read key by key."""

    def __init__(self, node: Mapping, *, known: tuple[str, ...], problems: Problems, what: str) -> None:
        self.at = node.at
        self.problems = problems
        self._what = what
        self._known = known
        self._nodes: dict[str, Node] = {}
        self._misspelt: set[str] = set()
        self._key_marks: dict[str, Mark] = {}
        for key, value in node.entries:
            self._take(key, value)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def has_any(self, keys: tuple[str, ...]) -> bool:
        """Whether one of `keys` is there, or was meant to be."""
        return any(key in self._nodes or key in self._misspelt for key in keys)

    def node(self, key: str) -> Node | None:
        """Return what stands under `key`, unread."""
        return self._nodes.get(key)

    def key_mark(self, key: str) -> Mark:
        """Where `key` itself stands, or the mapping begins if it has none."""
        return self._key_marks.get(key, self.at)

    def optional(self, key: str, parse: Callable[[str], T], *, default: T) -> Found[T]:
        """Read the value of `key`, or give `default` where the file does not hold it."""
        node = self._nodes.get(key)
        if node is None:
            return Found(value=default, at=self.at, given=False, sound=key not in self._misspelt)
        return self.parsed(node, parse, what=key, stand_in=default)

    def required(self, key: str, parse: Callable[[str], T], *, stand_in: T, hint: str = "") -> Found[T]:
        """Read the value of `key`; a missing one is a problem, and `stand_in` keeps the reading going."""
        node = self._nodes.get(key)
        if node is None:
            self.missing(key, hint=hint)
            return Found(value=stand_in, at=self.at, given=False, sound=False)
        return self.parsed(node, parse, what=key, stand_in=stand_in)

    def missing(self, key: str, *, hint: str = "") -> None:
        """Note that `key` is missing, unless a misspelling of it is noted already."""
        if key not in self._misspelt:
            self.problems.add(self.at, f"{self._what} has no {quoted(key)}", hint=hint)

    def section(self, key: str, *, known: tuple[str, ...], hint: str = "") -> Fields | None:
        """Open the mapping under `key`; where there is none that is a problem."""
        node = self._nodes.get(key)
        if node is None:
            self.missing(key, hint=hint)
            return None
        if not isinstance(node, Mapping):
            self.problems.add(node.at, f"{quoted(key)} is {kind_of(node)}, not keys and values", hint=hint)
            return None
        return Fields(node, known=known, problems=self.problems, what=quoted(key))

    def entries(self, key: str) -> tuple[tuple[Scalar, Node], ...]:
        """List the mapping under `key`, whose keys are the writer's own; empty where there is none."""
        node = self._nodes.get(key)
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.problems.add(node.at, f"{quoted(key)} is {kind_of(node)}, not keys and values")
            return ()
        return node.entries

    def word(self, section: str, key: str) -> str:
        """Look ahead at what stands under a section's key; empty where nothing does. Nothing is noted."""
        node = self._nodes.get(section)
        entries = node.entries if isinstance(node, Mapping) else ()
        words = (value.text for name, value in entries if name.text == key and isinstance(value, Scalar))
        return next(words, "")

    def items(self, key: str, *, if_empty: str = "") -> Found[tuple[Node, ...]]:
        """Return the list under `key`; empty where there is none.

        With `if_empty`, an empty list is a problem, and this is its hint.
        """
        node = self._nodes.get(key)
        if node is None:
            return Found(value=(), at=self.at, given=False, sound=key not in self._misspelt)
        if not isinstance(node, Sequence):
            message = f"{quoted(key)} is {kind_of(node)}, not a list"
            self.problems.add(node.at, message, hint="begin each entry with -")
            return Found(value=(), at=node.at, sound=False)
        if if_empty and not node.items:
            self.problems.add(node.at, f"{quoted(key)} is an empty list", hint=if_empty)
        return Found(value=node.items, at=node.at)

    def _take(self, key: Scalar, value: Node) -> None:
        if key.text in self._nodes:
            first = self._key_marks[key.text]
            message = f"{quoted(key.text)} stands twice, first in line {first.line}"
            self.problems.add(key.at, message, hint="keep one")
        elif key.text in self._known:
            self._nodes[key.text] = value
            self._key_marks[key.text] = key.at
        else:
            self._unknown(key)

    def _unknown(self, key: Scalar) -> None:
        near = nearest(key.text, self._known)
        if near or len(self._known) == 1:
            self._misspelt.add(near or self._known[0])
        hint = f"did you mean {quoted(near)}?" if near else f"it knows {', '.join(self._known)}"
        self.problems.add(key.at, f"{self._what} has no key {quoted(key.text)}", hint=hint)

    def parsed(self, node: Node, parse: Callable[[str], T], *, what: str, stand_in: T) -> Found[T]:
        """Read one value; where it can't be, that is a problem of `what`, and a stand-in keeps it going."""
        try:
            return Found(value=parse(scalar_text(node)), at=node.at)
        except BadValue as bad:
            self.problems.add(node.at, f"{what}: {bad}", hint=bad.hint)
            return Found(value=stand_in, at=node.at, sound=False)


def mapping(
    node: Node, *, known: tuple[str, ...], problems: Problems, what: str, hint: str = ""
) -> Fields | None:
    """`node` as keys and values; where it is something else that is a problem."""
    if isinstance(node, Mapping):
        return Fields(node, known=known, problems=problems, what=what)
    problems.add(node.at, f"{what} is {kind_of(node)}, not keys and values", hint=hint)
    return None


def scalar_text(node: Node) -> str:
    """Return the text of a single value; raises `BadValue` for a list or a mapping."""
    if not isinstance(node, Scalar):
        raise BadValue(
            f"{kind_of(node)} where one value is wanted", hint="text that begins with { or [ needs quotes"
        )
    if node.is_null:
        raise BadValue("nothing is written here", hint="write a value after the colon")
    return node.text


def kind_of(node: Node) -> str:
    """Say what stands there."""
    if isinstance(node, Mapping):
        return "keys and values"
    if isinstance(node, Sequence):
        return "a list"
    return "empty" if node.is_null else f"the single value {quoted(node.text)}"


def choice(options: tuple[S, ...]) -> Callable[[str], S]:
    """Make a parser that takes one of `options`; it raises `BadValue` for any other text."""

    def parse(text: str) -> S:
        if text in options:
            return options[options.index(text)]
        near = nearest(text, options)
        hint = f"did you mean {quoted(near)}?" if near else f"it can be {', '.join(options)}"
        raise BadValue(f"{quoted(text)} is not known here", hint=hint)

    return parse


def parse_bool(text: str) -> bool:
    """Read `true` or `false`; raises `BadValue` for all else.

    Some readers of YAML take yes, no, on and off for text, so they are not taken here.
    """
    if text in ("true", "false"):
        return text == "true"
    meant = "true" if text.lower() in ("yes", "y", "on", "1", "true") else "false"
    raise BadValue(f"{quoted(text)} is neither true nor false", hint=f"write {meant}")
