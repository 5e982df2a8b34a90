"""Whatever is done to a plan: it loads, or it is refused with places and printable words."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import PlanError, Problem
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from tests.plan.good import GOOD
from tests.sample import many

LENGTH = len(GOOD)
LINES = GOOD.splitlines(keepends=True)

Mutation = Callable[[str], str]

_places = st.integers(min_value=0, max_value=LENGTH)
_pieces = st.text(alphabet="[]{}:,-&*!|>'\"%@`#?\t\n \\~0a9.é\u2028\x85\x1b", min_size=1, max_size=4)
_any_text = st.text(max_size=6)


def _insert(at: int, piece: str) -> Mutation:
    return lambda text: text[:at] + piece + text[at:]


def _cut(at: int, length: int) -> Mutation:
    return lambda text: text[:at] + text[at + length :]


def _repeat(at: int, length: int, to: int) -> Mutation:
    return lambda text: text[:to] + text[at : at + length] + text[to:]


_mutations = st.one_of(
    st.builds(_insert, _places, _pieces | _any_text),
    st.builds(_cut, _places, st.integers(1, 40)),
    st.builds(_repeat, _places, st.integers(1, 60), _places),
)


def _loads_or_is_refused(content: bytes | str) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        words = describe(parse_plan(content, origin="plan.yaml"))
    except PlanError as refused:
        words, problems = str(refused), refused.problems
    assert problems is None or len(problems) == words.count("\n") + 1
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems or ())
    assert all(line.isprintable() for line in words.split("\n"))


@settings(max_examples=many("examples of a property", 400))
@given(st.lists(_mutations, min_size=1, max_size=4))
def test_a_mutated_plan_loads_or_is_refused(mutations: list[Mutation]) -> None:
    text = GOOD
    for mutate in mutations:
        text = mutate(text)
    _loads_or_is_refused(text)


@settings(max_examples=many("examples of a property", 100))
@given(st.permutations(LINES))
def test_shuffled_lines_load_or_are_refused(lines: list[str]) -> None:
    _loads_or_is_refused("".join(lines))


@settings(max_examples=many("examples of a property", 200))
@given(st.binary(max_size=60), _places)
def test_bytes_in_the_middle_load_or_are_refused(piece: bytes, at: int) -> None:
    content = GOOD.encode()
    _loads_or_is_refused(content[:at] + piece + content[at:])


@settings(max_examples=many("examples of a property", 100))
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    ),
    st.sampled_from(["guards", "stages", "router", "metrics", "stable", "interval"]),
)
def test_any_shape_under_a_key_loads_or_is_refused(shape: object, key: str) -> None:

    lines = [line for line in LINES if not line.startswith(f"{key}:")]
    _loads_or_is_refused("".join(lines) + f"{key}: {json.dumps(shape)}\n")
