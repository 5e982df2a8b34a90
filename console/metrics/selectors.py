"""Label matchers added to every selector of a query; pure.

One Prometheus may hold several clusters, or one store all of a company's: the plan's `labels` say which part
is meant, in the presets' queries and in the plan's own alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_TOKEN = re.compile(
    rf"""(?P<space>(?:\s|\#[^\n]*)+)
       | (?P<string>{_STRING})
       | (?P<braces>\{{(?:[^{{}}"'`]|{_STRING})*\}})
       | (?P<range>\[[^\]]*\])
       | (?P<number>[0-9.]+(?:[eE][+-][0-9]+)?\w*)
       | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
       | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(rf"""(?P<bare>[a-zA-Z_]\w*)\s*[=!]|(?P<quoted>"[^"]*"|'[^']*')\s*[=!]|{_STRING}""")
LABEL_LISTS = ("by", "without", "on", "ignoring", "group_left", "group_right")
"""What the names in parentheses behind these are: labels, and no metrics."""
WORDS = (*LABEL_LISTS, "and", "or", "unless", "atan2", "offset", "bool", "inf", "nan")
"""PromQL's words that may stand where a metric could; no metric has their names."""

Piece = tuple[str, str]
"""A token's kind and its text."""


def with_labels(promql: str, labels: Mapping[str, str]) -> str:
    """Return the query with each label in each selector; one that names a label itself keeps its own."""
    if not labels:
        return promql
    return "".join(_rewritten(_pieces(promql), labels))


def _pieces(promql: str) -> list[Piece]:
    return [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(promql)]


def _rewritten(pieces: list[Piece], labels: Mapping[str, str]) -> Iterator[str]:
    in_list = False
    """Whether these are the names of a list of labels."""
    for at, (kind, text) in enumerate(pieces):
        after = _next(pieces, at)
        if kind == "name" and text.lower() in LABEL_LISTS and after == ("other", "("):
            in_list = True
        elif text == ")":
            in_list = False
        if kind == "braces":
            yield _narrowed(text, labels)
        elif kind == "name" and not in_list and _is_metric(text, after):
            yield text if after[0] == "braces" else text + _narrowed("{}", labels)
        else:
            yield text


def _next(pieces: list[Piece], at: int) -> Piece:
    return next((piece for piece in pieces[at + 1 :] if piece[0] != "space"), ("", ""))


def _is_metric(name: str, after: Piece) -> bool:
    """Tell a metric from a function, an operator, and an aggregation with its labels before its argument."""
    is_called = after == ("other", "(") or (after[0] == "name" and after[1].lower() in ("by", "without"))
    return not is_called and name.lower() not in WORDS


def _narrowed(braces: str, labels: Mapping[str, str]) -> str:
    inside = braces[1:-1].rstrip().removesuffix(",")
    own = {found["bare"] or (found["quoted"] or "")[1:-1] for found in _NAMED.finditer(inside)}
    added = [f'{name}="{_escaped(value)}"' for name, value in labels.items() if name not in own]
    return "{" + ",".join(([inside] if inside.strip() else []) + added) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
