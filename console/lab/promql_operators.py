"""PromQL's operators between scalars and vectors; below `promql`, and pure."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator

import promql_parser as ast

from console.lab.promql_values import Element, QueryError, Value, nameless, only, unknown, without
from console.lab.series import Labels


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_SETS = ("and", "or", "unless")


def binary(name: str, left: Value, right: Value, modifier: ast.BinModifier | None) -> Value:
    """Apply an operator; vectors are matched one to one."""
    if name not in (*_ARITHMETIC, *_COMPARISONS, *_SETS):
        raise unknown(f"the operator {name}")
    as_bool = bool(modifier and modifier.return_bool)
    if isinstance(left, float) and isinstance(right, float):
        return (
            _ARITHMETIC[name](left, right) if name in _ARITHMETIC else float(_COMPARISONS[name](left, right))
        )
    if isinstance(left, float) or isinstance(right, float):
        pairs = _beside_scalar(left, right)
    else:
        key = _matching(modifier)
        if name in _SETS:
            return _combine(name, left, right, key)
        pairs = _one_to_one(left, right, key, result=_result(modifier))
    return list(_applied(name, pairs, as_bool=as_bool))


def _applied(
    name: str, pairs: Iterable[tuple[Labels, float, float, float]], *, as_bool: bool
) -> Iterator[Element]:
    """Calculate each pair; a comparison keeps the vector's own value of the pairs for which it holds."""
    for labels, left, right, kept in pairs:
        if name in _ARITHMETIC:
            yield Element(nameless(labels), _ARITHMETIC[name](left, right))
        elif as_bool:
            yield Element(nameless(labels), float(_COMPARISONS[name](left, right)))
        elif _COMPARISONS[name](left, right):
            yield Element(labels, kept)


def _beside_scalar(left: Value, right: Value) -> Iterator[tuple[Labels, float, float, float]]:
    if isinstance(left, list) and isinstance(right, float):
        yield from ((labels, value, right, value) for labels, value in left)
    elif isinstance(right, list) and isinstance(left, float):
        yield from ((labels, left, value, value) for labels, value in right)


def _one_to_one(
    left: list[Element],
    right: list[Element],
    key: Callable[[Labels], Labels],
    *,
    result: Callable[[Labels], Labels],
) -> Iterator[tuple[Labels, float, float, float]]:
    partners = _unique(right, key, side="right")
    for signature, (labels, value) in _unique(left, key, side="left").items():
        if signature in partners:
            yield result(labels), value, partners[signature].value, value


def _unique(elements: list[Element], key: Callable[[Labels], Labels], *, side: str) -> dict[Labels, Element]:
    found: dict[Labels, Element] = {}
    for element in elements:
        if (signature := key(element.labels)) in found:
            raise QueryError(
                f"found duplicate series for the match group {dict(signature)} on the {side} hand-side"
                " of the operation: many-to-many matching not allowed"
            )
        found[signature] = element
    return found


def _combine(
    name: str, left: list[Element], right: list[Element], key: Callable[[Labels], Labels]
) -> list[Element]:
    if name == "or":
        there = {key(element.labels) for element in left}
        return [*left, *(element for element in right if key(element.labels) not in there)]
    there = {key(element.labels) for element in right}
    return [element for element in left if (key(element.labels) in there) == (name == "and")]


def _matching(modifier: ast.BinModifier | None) -> Callable[[Labels], Labels]:
    if modifier and modifier.card in _GROUPED:
        raise unknown("group_left and group_right")
    matching = modifier.matching if modifier else None
    if matching is None:
        return nameless
    names = tuple(matching.labels)
    if matching.type == ast.LabelModifierType.Include:
        return lambda labels: only(labels, names)
    return lambda labels: without(labels, (*names, "__name__"))


def _result(modifier: ast.BinModifier | None) -> Callable[[Labels], Labels]:
    """Say which labels a pair keeps: without `on` or `ignoring` all of them, the name among them."""
    matching = modifier.matching if modifier else None
    if matching is None:
        return lambda labels: labels
    names = tuple(matching.labels)
    if matching.type == ast.LabelModifierType.Include:
        return lambda labels: only(labels, names)
    return lambda labels: without(labels, names)


_GROUPED = (ast.VectorMatchCardinality.ManyToOne, ast.VectorMatchCardinality.OneToMany)
