"""A made-up section: its reader, its schema and the keys that it knows come from one table."""

from __future__ import annotations

import pytest

from console.errors import PlanError, Problem
from console.plan.fields import mapping
from console.plan.nodes import compose
from console.plan.problems import Problems
from console.plan.section import Section, label, title

KITE = Section({"string": label("What holds it.", needed=True), "tail": title("Its end.")}, about="A kite.")


def _read(text: str) -> tuple[dict[str, object], Problems]:
    problems = Problems("kite.yaml")
    fields = mapping(compose(text, problems), known=KITE.names, problems=problems, what="the kite")
    assert fields is not None
    return KITE.values(fields, hint="tie one"), problems


def _noted(problems: Problems) -> tuple[Problem, ...]:
    with pytest.raises(PlanError) as raised:
        problems.stop_if_any()
    return raised.value.problems


def test_what_is_not_given_is_left_to_the_record() -> None:
    assert _read("string: silk")[0] == {"string": "silk"}
    assert _read("{string: silk, tail: a red one}")[0] == {"string": "silk", "tail": "a red one"}


def test_a_bad_value_is_noted_with_its_place_and_left_to_the_record() -> None:
    values, problems = _read("string: silk\ntail: ''")
    assert values == {"string": "silk"}
    assert [(found.line, found.column) for found in _noted(problems)] == [(2, 7)]


def test_one_that_is_needed_is_missed_with_the_mend() -> None:
    values, problems = _read("tail: red")
    assert values == {"string": "", "tail": "red"}
    assert [(found.message, found.hint) for found in _noted(problems)] == [
        ("the kite has no `string`", "tie one")
    ]


def test_the_schema_has_the_keys_and_what_is_needed() -> None:
    schema = KITE.schema()
    assert tuple(schema["properties"]) == KITE.names
    assert schema["required"] == ["string"]
    assert "minProperties" not in schema


def test_where_no_key_is_needed_a_section_can_want_some() -> None:
    assert Section({"tail": title("Its end.")}, least=1).schema()["minProperties"] == 1
