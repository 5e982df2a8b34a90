"""What a release was judged by is the same to the last digit on every Python."""

from __future__ import annotations

import ast
from pathlib import Path

from console import judge
from console.judge.total import total

JUDGE = Path(judge.__file__).parent


def test_each_step_is_rounded_as_it_is_added() -> None:
    assert total([0.1] * 10) == 0.9999999999999999
    assert total([1e100, 1.0, -1e100]) == 0.0


def test_nothing_adds_up_to_zero() -> None:
    assert total(()) == 0.0


def test_the_judge_adds_no_floats_up_by_a_sum_that_differs_between_pythons() -> None:
    uses = [
        f"{path.relative_to(JUDGE)}:{node.lineno}"
        for path in sorted(JUDGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "sum"
    ]
    # Counts add up by their own `+`, field by field, which is no sum of floats to Python.
    assert [use.split(":")[0] for use in uses] == ["keys/history.py"]
