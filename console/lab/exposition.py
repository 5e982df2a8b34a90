"""The text that a `/metrics` endpoint answers with -> samples."""

from __future__ import annotations

import re
from collections.abc import Iterator

from console.lab.series import Labels

_LINE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+-?\d+)?\s*"
)
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")


class BadExposition(Exception):  # noqa: N818 - named for what was read
    """A line that is none of the format: the whole scrape fails, as in Prometheus."""


def parse(text: str) -> Iterator[tuple[Labels, float]]:
    """Give each sample's labels, `__name__` among them, and its value; timestamps are passed over."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield _sample(line)


def _sample(line: str) -> tuple[Labels, float]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise BadExposition(line)
    try:
        value = float(match["value"])
    except ValueError as error:
        raise BadExposition(line) from error
    return Labels({("__name__", match["name"]), *_labels(match["labels"] or "", line=line)}), value


def _labels(text: str, *, line: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _LABEL.match(text, position)
        if match is None:
            raise BadExposition(line)
        yield match[1], _ESCAPED.sub(_unescape, match[2])
        position = match.end()


def _unescape(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]
