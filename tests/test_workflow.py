"""The workflow of the public runners does what `.ci/run` does, and may do no more than that needs."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[1]
WORKFLOW = TOP / ".github" / "workflows" / "ci.yml"
NOT_TRIED_HERE = "3.14"
"""Its dependencies resolve; the package names it once the suite has passed with it."""
SCRIPTS = ("run", "install", "newcomer")


@pytest.fixture
def workflow() -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text())
    return read


@pytest.fixture
def job(workflow: dict[Any, Any]) -> dict[str, Any]:
    (only,) = workflow["jobs"].values()
    return dict(only)


def test_it_may_read_the_repository_and_nothing_else(workflow: dict[Any, Any], job: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in job
    assert "secrets." not in WORKFLOW.read_text()
    (checkout,) = (step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["persist-credentials"] is False


def test_only_official_actions_are_used_each_pinned_by_its_major_version(job: dict[str, Any]) -> None:
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []


def test_a_newer_push_ends_the_older_run(workflow: dict[Any, Any]) -> None:
    assert workflow["concurrency"]["cancel-in-progress"] is True


def test_every_python_that_the_package_names_is_tried_on_both_systems(job: dict[str, Any]) -> None:
    matrix = job["strategy"]["matrix"]
    named = re.findall(r'Python :: (3\.\d+)"', (TOP / "pyproject.toml").read_text())
    assert matrix["python"] == [*named, NOT_TRIED_HERE]
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos"]
    least = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["requires-python"]
    assert least == f">={named[0]}"


def test_it_runs_what_everyone_can_run(job: dict[str, Any]) -> None:
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]
    assert 'part "installed as users install" .ci/install' in (TOP / ".ci" / "run").read_text()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_of_ci_can_be_started_and_needs_nothing_from_beside_the_repository(name: str) -> None:
    script = TOP / ".ci" / name
    assert os.access(script, os.X_OK)
    assert "../" not in script.read_text().replace('"$(dirname "$0")/.."', "")
