"""Filling `{{placeholders}}` of a PromQL template, escaped for the place they stand in; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from console.errors import EvidenceError


class Regex(str):
    """A regular expression: it can only stand behind =~ or !~, and is put there as it is."""

    __slots__ = ()


_PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>\w+)\s*\}\}")
# A comment comes first, because a quote inside one opens no string.
_PLACE = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<operator>[=!]~\s*)?(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<bare>\{\{\s*\w+\s*\}\})""",
    re.VERBOSE | re.DOTALL,
)
_BARE_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_META = re.compile(r"([\\.+*?()|\[\]{}^$])")


def fill(template: str, values: Mapping[str, str | tuple[str, ...]]) -> str:
    """Put `values` in place of the placeholders.

    Inside a string a value is escaped as that string needs it, and behind `=~` or `!~` as a regular
    expression too, where a tuple of values becomes `a|b`. Outside of strings only a plain name may stand.
    Raises `EvidenceError` for a placeholder that is not among `values`, or a value that can't stand there.
    """

    def place(match: re.Match[str]) -> str:
        if match["comment"]:
            return match["comment"]
        if match["bare"]:
            return _PLACEHOLDER.sub(lambda each: _bare(_look_up(values, each["name"])), match["bare"])
        operator, string = match["operator"] or "", match["string"]
        regex = bool(operator)
        return operator + _PLACEHOLDER.sub(
            lambda each: _quoted(_look_up(values, each["name"]), quote=string[0], regex=regex), string
        )

    return _PLACE.sub(place, template)


def _look_up(values: Mapping[str, str | tuple[str, ...]], name: str) -> str | tuple[str, ...]:
    if name not in values:
        known = ", ".join(f"{{{{{each}}}}}" for each in sorted(values))
        raise EvidenceError(f"the query has an unknown placeholder {{{{{name}}}}}: there are {known}")
    return values[name]


def _bare(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str) and _BARE_WORD.fullmatch(value):
        return value
    raise EvidenceError(f"{value!r} can't stand outside of quotes in a query", hint="put it in quotes")


def _quoted(value: str | tuple[str, ...], *, quote: str, regex: bool) -> str:
    if not regex and (isinstance(value, Regex) or not isinstance(value, str)):
        raise EvidenceError("a list of names can only stand behind =~ or !~ in a query")
    parts = (value,) if isinstance(value, str) else value
    text = "|".join(map(_as_regex, parts)) if regex else parts[0]
    if quote != "`":
        return text.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n")
    if "`" in text:
        raise EvidenceError(f"{text!r} can't stand between backticks in a query", hint="use double quotes")
    return text


def _as_regex(part: str) -> str:
    return part if isinstance(part, Regex) else escaped(part)


def escaped(text: str) -> Regex:
    """Write a regular expression that this text matches, and no other."""
    return Regex(_META.sub(r"\\\1", text))
