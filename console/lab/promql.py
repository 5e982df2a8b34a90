"""An instant query, evaluated over the built-in scraper's memory, as Prometheus would.

`promql-parser` reads the query. What is evaluated: selectors, the functions of `promql_functions`,
aggregations without a parameter, arithmetic, comparisons, `and`, `or` and `unless`. Anything else is
refused by name, never guessed at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import promql_parser as ast

from console.lab.promql_functions import OVER_RANGE, Window, histogram_quantile
from console.lab.promql_operators import binary
from console.lab.promql_values import Element, QueryError, Value, nameless, only, unknown, without
from console.lab.series import Labels, Point, SeriesStore

LOOKBACK_S = 300.0
"""A series without a sample for this long is gone."""


def evaluate(promql: str, store: SeriesStore, *, at_s: float) -> Value:
    """Give the query's value at a time, or raise `QueryError`."""
    try:
        expression = _parsed(promql)
    except ValueError as error:
        raise QueryError(f'invalid parameter "query": parse error: {error}', kind="bad_data") from error
    return _Evaluation(store, at_s=at_s).value(expression)


@lru_cache(maxsize=64)
def _parsed(promql: str) -> ast.Expr:
    return ast.parse(promql)


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
                return binary("*", -1.0, self.value(node.expr), None)
            case ast.AggregateExpr():
                return self._aggregate(node)
            case ast.BinaryExpr():
                return binary(str(node.op), self.value(node.lhs), self.value(node.rhs), node.modifier)
            case ast.Call():
                return self._call(node)
        raise unknown(type(node).__name__)

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
            raise unknown("'@'" if node.at is not None else "'or' between matchers")
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
            return [Element(nameless(labels), value) for labels, value in found if value is not None]
        match name:
            case "time":
                return self._at_s
            case "vector":
                return [Element(Labels(), self.scalar(args[0]))]
            case "timestamp":
                return self._timestamps(args[0])
            case "histogram_quantile":
                return self._quantiles(self.scalar(args[0]), self.vector(args[1]))
            case "label_replace":
                return self._labelled(self.vector(args[0]), *map(_text, args[1:]))
        raise unknown(f"the function {name}()")

    def _labelled(
        self, vector: list[Element], target: str, replacement: str, source: str, pattern: str
    ) -> list[Element]:
        return [
            Element(_relabelled(each.labels, target, replacement, source, _compiled(pattern)), each.value)
            for each in vector
        ]

    def _timestamps(self, node: ast.Expr) -> list[Element]:
        if isinstance(node, ast.VectorSelector):
            return [Element(nameless(labels), point.at_s) for labels, point in self._latest(node)]
        return [Element(nameless(each.labels), self._at_s) for each in self.vector(node)]

    def _quantiles(self, ratio: float, vector: list[Element]) -> list[Element]:
        buckets: defaultdict[Labels, list[tuple[float, float]]] = defaultdict(list)
        for labels, count in vector:
            if bound := dict(labels).get("le"):
                buckets[without(labels, ("le", "__name__"))].append((float(bound), count))
        return [Element(labels, histogram_quantile(ratio, found)) for labels, found in buckets.items()]

    # -- aggregations -------------------------------------------------------------------------------

    def _aggregate(self, node: ast.AggregateExpr) -> list[Element]:
        name = str(node.op)
        if name not in _AGGREGATIONS:
            raise unknown(f"the aggregation {name}()")
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
        return lambda labels: only(labels, names)
    dropped = frozenset((*names, "__name__"))
    return lambda labels: without(labels, dropped)


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


def _text(node: ast.Expr) -> str:
    if isinstance(node, ast.StringLiteral):
        return node.val
    raise QueryError("expected type string", kind="bad_data")


def _relabelled(
    labels: Labels, target: str, replacement: str, source: str, pattern: re.Pattern[str]
) -> Labels:
    """Set a label where another one matches; `$1` is what the pattern's first group found."""
    found = pattern.fullmatch(dict(labels).get(source, ""))
    if found is None:
        return labels
    text = replacement
    if "$" in replacement:
        text = found.expand(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", replacement))
    return Labels({**dict(without(labels, (target,))), **({target: text} if text else {})}.items())


def _known(point: Point) -> float:
    assert point.value is not None
    return point.value


def _offset_s(node: ast.VectorSelector) -> float:
    return node.offset.total_seconds() if node.offset else 0.0
