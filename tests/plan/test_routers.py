"""The kinds of router: one list of names, and a module of each name in both rooms."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from console.errors import PlanError
from console.lab import routers as served
from console.plan import routers as said
from console.plan.load import parse_plan
from console.plan.routed import Can
from console.plan.router_kind import kind_of
from console.plan.routers import NAMES, lock_of, module_of, read_in, written
from console.traffic import routers as done
from console.traffic.registry import object_of
from tests.plan.good import GOOD

ISTIO: dict[str, Any] = {
    "kind": "istio",
    "virtual_service": "checkout",
    "route": None,
    "stable": {"subset": "v1", "host": None},
    "canary": {"subset": "v2", "host": None},
}


@pytest.mark.parametrize("room", [said, done, served], ids=["said", "done", "served"])
def test_the_list_names_what_lies_in_the_room(room: Any) -> None:
    there = {module.name for module in pkgutil.iter_modules(room.__path__)}
    assert there == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_has_one_name_everywhere(name: str) -> None:
    assert name == object_of(name).NAME
    settings = module_of(name).Settings
    assert settings.__struct_config__.tag == name
    assert set(settings.__struct_fields__) == set(kind_of(name).KEYS)


def test_a_router_is_written_as_it_stands_in_the_journals_that_there_are() -> None:
    settings = read_in(ISTIO)
    assert settings is not None
    assert msgspec.json.encode(written(settings)) == msgspec.json.encode(ISTIO)


def test_a_name_of_two_words_is_a_lease_that_kubernetes_takes() -> None:
    assert lock_of("istio", "checkout") == "pithead-istio-checkout"
    assert lock_of("two_words", "checkout") == "pithead-two-words-checkout"


def test_a_plan_is_read_without_the_file_s_reader_and_with_no_kind_but_its_own() -> None:
    """What shows a journal reads its plan, and starts in a moment."""
    plan = parse_plan(GOOD, origin="plan.yaml")
    program = (
        "import sys, msgspec; from console.plan.model import Plan;"
        "plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan); assert plan.known is not None;"
        "print(*(m for m in sys.modules if m == 'yaml' or m.startswith('console.plan.routers.')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], input=msgspec.json.encode(plan), capture_output=True, check=True
    )
    assert shown.stdout.split() == [b"console.plan.routers.istio"]


def test_a_weight_that_its_router_does_not_have_is_refused_by_the_router_s_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "weight: 5%" in GOOD
    monkeypatch.setattr(module_of("istio"), "CAN", Can(step_percent=10))
    with pytest.raises(PlanError) as error:
        parse_plan(GOOD, origin="plan.yaml")
    said = "weight: istio has weights in steps of 10%, and 5% is none of them; write 0% or 10%"
    assert said in str(error.value)
