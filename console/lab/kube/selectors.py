"""Label and field selectors, as a list takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from console.lab.kube.refusals import bad_request

REQUIREMENT = re.compile(
    r"""\s*(?:
        (?P<absent>!)\s*(?P<no>[\w./-]+)
      | (?P<key>[\w./-]+)\s*(?:
            (?P<op>==|=|!=)\s*(?P<value>[\w.-]*)
          | \s(?P<set>in|notin)\s*\((?P<values>[^)]*)\)
        )?
    )\s*(?:,|$)""",
    re.VERBOSE,
)


def matcher(*, labels: str, fields: str) -> Callable[[dict[str, Any]], bool]:
    """Make the test that both selectors are."""
    tests = [*_label_tests(labels), *_field_tests(fields)]
    return lambda obj: all(test(obj) for test in tests)


def _label_tests(selector: str) -> list[Callable[[dict[str, Any]], bool]]:
    tests, at = [], 0
    while at < len(selector):
        found = REQUIREMENT.match(selector, at)
        if found is None or found.end() == at:
            raise bad_request(f"unable to parse requirement: {selector[at:]!r}")
        tests.append(_label_test(found))
        at = found.end()
    return tests


def _label_test(found: re.Match[str]) -> Callable[[dict[str, Any]], bool]:
    key, values = found["key"] or found["no"], _values(found)
    negative = bool(found["absent"]) or found["op"] == "!=" or found["set"] == "notin"

    def test(obj: dict[str, Any]) -> bool:
        labels = obj["metadata"].get("labels") or {}
        return negative != (key in labels and (values is None or labels[key] in values))

    return test


def _values(found: re.Match[str]) -> set[str] | None:
    """Read the values that are asked for; None where any will do."""
    if found["set"]:
        return {value.strip() for value in found["values"].split(",")}
    return {found["value"]} if found["op"] else None


def _field_tests(selector: str) -> list[Callable[[dict[str, Any]], bool]]:
    return [_field_test(part) for part in selector.split(",") if part]


def _field_test(part: str) -> Callable[[dict[str, Any]], bool]:
    field, negative, value = re.split(r"(!=|==?)", part, maxsplit=1) if "=" in part else (part, "", "")
    where, _, member = field.partition(".")
    if where != "metadata" or member not in ("name", "namespace"):
        raise bad_request(f'field label not supported: "{field}"')
    return lambda obj: (negative == "!=") != (obj["metadata"].get(member) == value)
