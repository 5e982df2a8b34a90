"""docs/routers.md tells of each kind of router, and its lines of a plan can be copied."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.plan.load import parse_plan
from console.plan.routers import NAMES
from tests.plan.good import GOOD, ROUTER

PAGE = (Path(__file__).parents[2] / "docs" / "routers.md").read_text()
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_each_kind_of_router_has_its_section() -> None:
    assert set(SECTIONS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_lines_are_those_of_a_plan(name: str) -> None:
    (lines,) = re.findall(r"```yaml\n(.*?)```", SECTIONS[name], re.DOTALL)
    assert parse_plan(GOOD.replace(ROUTER, lines), origin="p").kind == name


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_can_its_delay_its_traps_and_who_proved_it(name: str) -> None:
    assert re.findall(r"^- \*\*(\w+)\*\*: ", SECTIONS[name], re.MULTILINE) == [
        "Can",
        "Delay",
        "Traps",
        "Proved",
    ]
