"""JSON in an annotation, read with the place of each whole number, so that one can be changed in its text.

Pure. The controller is a Go program: a key counts whatever its case, and the last one of two. The text stays
as somebody has written it, blanks, order, case and all, but for the digits that are meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import count
from typing import Any

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?')
"""A text or a number: in JSON no number stands inside of anything else but a text."""


class Number(int):
    """A whole number; `at` is how many numbers come before it in the text."""

    at: int


def read(text: str) -> Any:
    """Read a text, its keys in small letters; raises ValueError for what is no JSON.

    Both hooks are called as the numbers come, so that counting them tells each one's place.
    """
    numbers = count()

    def whole(digits: str) -> Number:
        number = Number(digits)
        number.at = next(numbers)
        return number

    def fraction(digits: str) -> float:
        next(numbers)
        return float(digits)

    def small(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key.lower(): value for key, value in pairs}

    try:
        return json.loads(text, parse_int=whole, parse_float=fraction, object_pairs_hook=small)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def with_numbers(text: str, values: Mapping[int, int]) -> str:
    """Write other numbers into a text that can be read, by their places."""
    spans = [token.span() for token in TOKEN.finditer(text) if token[0][0] != '"']
    for at in sorted(values, reverse=True):
        start, end = spans[at]
        text = f"{text[:start]}{values[at]}{text[end:]}"
    return text
