"""The editor's schema and the loader agree."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from console.plan import guards, load, routers, stages, target
from console.plan.judges.kayenta import section as kayenta
from console.plan.judges.two_keys import section as judge
from console.plan.router_kind import kind_of
from console.plan.schema import json_schema
from tests.plan.good import GOOD

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def _properties(*path: str | int) -> tuple[str, ...]:
    place: Any = SCHEMA
    for step in path:
        place = place["properties"][step] if "properties" in place else place[step]
    return tuple(place["properties"])


def _read(text: str) -> Any:
    """Read as editors do, by YAML 1.2: there `on` is text, where PyYAML's YAML 1.1 makes it true."""
    return yaml.safe_load(text.replace(" on:", ' "on":'))


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ((), load.PLAN_KEYS),
        (("router",), routers.NAMES),
        *((("router", name), kind_of(name).KEYS) for name in routers.NAMES),
        (("metrics",), target.METRICS_KEYS),
        (("slo",), judge.SLO_KEYS),
        (("judge", "anyOf", 0), judge.JUDGE_KEYS),
        (("judge", "anyOf", 1), kayenta.KAYENTA_KEYS),
        (("judge", "anyOf", 1, "metrics", "items"), kayenta.CONFIG_KEYS),
        (("stages", "items", "then"), stages.RAMP_ENTRY_KEYS),
    ],
)
def test_its_keys_are_the_loaders(path: tuple[str | int, ...], keys: tuple[str, ...]) -> None:
    assert set(_properties(*path)) == set(keys)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("guard", guards.GUARD_KEYS)],
)
def test_its_definitions_have_the_loaders_keys(name: str, keys: tuple[str, ...]) -> None:
    assert set(SCHEMA["$defs"][name]["properties"]) == set(keys)


def test_a_good_plan_is_valid() -> None:
    VALIDATOR.validate(_read(GOOD))


@pytest.mark.parametrize(
    ("instead_of", "written"),
    [
        ("interval: 5s", "intervall: 5s"),
        ("interval: 5s", "interval: 5"),
        ("weight: 5%", "weight: 101%"),
        ("weight: 5%", "weight: 0.5%"),
        ("max: 500ms", "max: 500ms, min: 5ms"),
        ("max: 500ms", "for: 5m"),
        ("step: 25pp", "step: 25%"),
        ("to: 100%, ", ""),
        ("    orders:", "    p99:"),
        ("canary: {subset: v2}", "canary: {}"),
        ("service: checkout", "service: Checkout"),
        ("then: hold", "then: pause"),
        ("env:PITHEAD_SLACK", "slack://token"),
        ("on: [hold, rollback]", "on: [never]"),
        ("[promote, roll_back]", "[fly]"),
    ],
)
def test_an_editor_marks_what_the_loader_refuses(instead_of: str, written: str) -> None:
    assert instead_of in GOOD
    assert not VALIDATOR.is_valid(_read(GOOD.replace(instead_of, written, 1)))


def test_the_file_beside_the_sample_plans_is_this_schema() -> None:
    kept = files("sample_plans").joinpath("plan.schema.json").read_text(encoding="utf-8")
    assert kept == json.dumps(SCHEMA, indent=2) + "\n"
