"""An instant query, evaluated over the built-in scraper's memory, as Prometheus would.

`promql-parser` reads the query. What is evaluated: selectors, the functions of `promql_functions`,
aggregations without a parameter, arithmetic, comparisons, `and`, `or` and `unless`. Anything else is
refused by name, never guessed at.
"""

from __future__ import annotations

import math
import operator
import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import promql_parser as ast

from console.lab.promql_functions import OVER_RANGE, Window, histogram_quantile
from console.lab.series import Labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from console.lab.series import Point, SeriesStore

LOOKBACK_S = 300.0
"""A series without a sample for this long is gone."""


class QueryError(Exception):
    """The query can't be answered: `bad_data` where it can't be read, `execution` where it can't be run."""

    def __init__(self, message: str, *, kind: str = "execution") -> None:
        super().__init__(message)
        self.kind = kind


class Element(NamedTuple):
    """One row of a vector."""

    labels: Labels
    value: float


Value: TypeAlias = float | list[Element]


def evaluate(promql: str, store: SeriesStore, *, at_s: float) -> Value:
    """Give the query's value at a time, or raise `QueryError`."""
    try:
        expression = ast.parse(promql)
    except ValueError as error:
        raise QueryError(f'invalid parameter "query": parse error: {error}', kind="bad_data") from error
    return _Evaluation(store, at_s=at_s).value(expression)


class _Evaluation:
    """One walk over the tree."""

    def __init__(self, store: SeriesStore, *, at_s: float) -> None:
        self._store = store
        self._at_s = at_s

    def value(self, node: ast.Expr) -> Value:
        match node:
            case ast.NumberLiteral():
                return node.val
            case ast.ParenExpr():
                return self.value(node.expr)
            case ast.VectorSelector():
                return [Element(labels, _known(point)) for labels, point in self._latest(node)]
            case ast.UnaryExpr():
                return _binary("*", -1.0, self.value(node.expr), None)
            case ast.AggregateExpr():
                return self._aggregate(node)
            case ast.BinaryExpr():
                return _binary(str(node.op), self.value(node.lhs), self.value(node.rhs), node.modifier)
            case ast.Call():
                return self._call(node)
        raise _unknown(type(node).__name__)

    def vector(self, node: ast.Expr) -> list[Element]:
        value = self.value(node)
        if isinstance(value, float):
            raise QueryError("expected type instant vector, got scalar", kind="bad_data")
        return value

    def scalar(self, node: ast.Expr) -> float:
        value = self.value(node)
        if isinstance(value, float):
            return value
        raise QueryError("expected type scalar, got instant vector", kind="bad_data")

    # -- selectors ----------------------------------------------------------------------------------

    def _latest(self, node: ast.VectorSelector) -> Iterator[tuple[Labels, Point]]:
        at_s = self._at_s - _offset_s(node)
        for labels, points in self._selected(node):
            point = next((each for each in reversed(points) if each.at_s <= at_s), None)
            if point and point.value is not None and point.at_s > at_s - LOOKBACK_S:
                yield labels, point

    def _window(self, node: ast.MatrixSelector) -> Iterator[tuple[Labels, Window]]:
        end_s = self._at_s - _offset_s(node.vector_selector)
        start_s = end_s - node.range.total_seconds()
        for labels, points in self._selected(node.vector_selector):
            inside = [
                (point.at_s, point.value)
                for point in points
                if start_s <= point.at_s <= end_s and point.value is not None
            ]
            if inside:
                yield labels, Window(start_s=start_s, end_s=end_s, points=inside)

    def _selected(self, node: ast.VectorSelector) -> Iterator[tuple[Labels, Sequence[Point]]]:
        if node.at is not None or node.matchers.or_matchers:
            raise _unknown("'@'" if node.at is not None else "'or' between matchers")
        accept = [_matcher(each) for each in node.matchers.matchers]
        for labels, points in self._store.named(node.name):
            named = dict(labels)
            if all(accepts(named) for accepts in accept):
                yield labels, points

    # -- functions ----------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Value:
        name, args = node.func.name, node.args
        if name in OVER_RANGE and isinstance(args[0], ast.MatrixSelector):
            found = ((labels, OVER_RANGE[name](window)) for labels, window in self._window(args[0]))
            return [Element(_nameless(labels), value) for labels, value in found if value is not None]
        match name:
            case "time":
                return self._at_s
            case "vector":
                return [Element(Labels(), self.scalar(args[0]))]
            case "timestamp":
                return self._timestamps(args[0])
            case "histogram_quantile":
                return self._quantiles(self.scalar(args[0]), self.vector(args[1]))
        raise _unknown(f"the function {name}()")

    def _timestamps(self, node: ast.Expr) -> list[Element]:
        if isinstance(node, ast.VectorSelector):
            return [Element(_nameless(labels), point.at_s) for labels, point in self._latest(node)]
        return [Element(_nameless(each.labels), self._at_s) for each in self.vector(node)]

    def _quantiles(self, ratio: float, vector: list[Element]) -> list[Element]:
        buckets: defaultdict[Labels, list[tuple[float, float]]] = defaultdict(list)
        for labels, count in vector:
            if bound := dict(labels).get("le"):
                buckets[_without(labels, ("le", "__name__"))].append((float(bound), count))
        return [Element(labels, histogram_quantile(ratio, found)) for labels, found in buckets.items()]

    # -- aggregations -------------------------------------------------------------------------------

    def _aggregate(self, node: ast.AggregateExpr) -> list[Element]:
        name = str(node.op)
        if name not in _AGGREGATIONS:
            raise _unknown(f"the aggregation {name}()")
        key = _grouping(node.modifier)
        groups: defaultdict[Labels, list[float]] = defaultdict(list)
        for labels, value in self.vector(node.expr):
            groups[key(labels)].append(value)
        return [Element(labels, _AGGREGATIONS[name](values)) for labels, values in groups.items()]


_AGGREGATIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
}


def _grouping(modifier: ast.AggModifier | None) -> Callable[[Labels], Labels]:
    if modifier is None:
        return lambda _: Labels()
    names = tuple(modifier.labels)
    if modifier.type == ast.AggModifierType.By:
        return lambda labels: _only(labels, names)
    return lambda labels: _without(labels, (*names, "__name__"))


# -- operators --------------------------------------------------------------------------------------


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


def _binary(name: str, left: Value, right: Value, modifier: ast.BinModifier | None) -> Value:
    if name not in (*_ARITHMETIC, *_COMPARISONS, *_SETS):
        raise _unknown(f"the operator {name}")
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
        pairs = _one_to_one(left, right, key)
    return list(_applied(name, pairs, as_bool=as_bool))


def _applied(
    name: str, pairs: Iterable[tuple[Labels, float, float, float]], *, as_bool: bool
) -> Iterator[Element]:
    """Calculate each pair; a comparison keeps the vector's own value of the pairs for which it holds."""
    for labels, left, right, kept in pairs:
        if name in _ARITHMETIC:
            yield Element(_nameless(labels), _ARITHMETIC[name](left, right))
        elif as_bool:
            yield Element(_nameless(labels), float(_COMPARISONS[name](left, right)))
        elif _COMPARISONS[name](left, right):
            yield Element(labels, kept)


def _beside_scalar(left: Value, right: Value) -> Iterator[tuple[Labels, float, float, float]]:
    if isinstance(left, list) and isinstance(right, float):
        yield from ((labels, value, right, value) for labels, value in left)
    elif isinstance(right, list) and isinstance(left, float):
        yield from ((labels, left, value, value) for labels, value in right)


def _one_to_one(
    left: list[Element], right: list[Element], key: Callable[[Labels], Labels]
) -> Iterator[tuple[Labels, float, float, float]]:
    partners = _unique(right, key, side="right")
    for signature, (labels, value) in _unique(left, key, side="left").items():
        if signature in partners:
            yield labels, value, partners[signature].value, value


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
        raise _unknown("group_left and group_right")
    matching = modifier.matching if modifier else None
    if matching is None:
        return _nameless
    names = tuple(matching.labels)
    if matching.type == ast.LabelModifierType.Include:
        return lambda labels: _only(labels, names)
    return lambda labels: _without(labels, (*names, "__name__"))


_GROUPED = (ast.VectorMatchCardinality.ManyToOne, ast.VectorMatchCardinality.OneToMany)


# -- labels -----------------------------------------------------------------------------------------


def _matcher(matcher: ast.Matcher) -> Callable[[dict[str, str]], bool]:
    name, wanted = matcher.name, matcher.value
    if matcher.op == ast.MatchOp.Equal:
        return lambda labels: labels.get(name, "") == wanted
    if matcher.op == ast.MatchOp.NotEqual:
        return lambda labels: labels.get(name, "") != wanted
    pattern = _compiled(wanted)
    if matcher.op == ast.MatchOp.Re:
        return lambda labels: pattern.fullmatch(labels.get(name, "")) is not None
    return lambda labels: pattern.fullmatch(labels.get(name, "")) is None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise QueryError(f"invalid regular expression {pattern!r}: {error}", kind="bad_data") from error


def _only(labels: Labels, names: tuple[str, ...]) -> Labels:
    return Labels(pair for pair in labels if pair[0] in names)


def _without(labels: Labels, names: tuple[str, ...]) -> Labels:
    return Labels(pair for pair in labels if pair[0] not in names)


def _nameless(labels: Labels) -> Labels:
    return _without(labels, ("__name__",))


def _known(point: Point) -> float:
    assert point.value is not None
    return point.value


def _offset_s(node: ast.VectorSelector) -> float:
    return node.offset.total_seconds() if node.offset else 0.0


def _unknown(what: str) -> QueryError:
    return QueryError(f"the built-in scraper does not know {what}; a real Prometheus does")
