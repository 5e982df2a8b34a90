"""The two plans under the lab's traffic many times over, on paper: what one real run can't show."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.lab.scenarios import SCENARIOS
from console.plan.load import parse_plan
from tests.scenarios.demo_runs import JUDGED_PLAN, PACE, SHORT_PLAN, stretched
from tests.scenarios.on_paper import release_on_paper

if TYPE_CHECKING:
    from console.plan.model import Plan

TIMES = 25
DEMO_PLAN = files("sample_plans").joinpath("demo.yaml")


@pytest.fixture(params=[(DEMO_PLAN, 1.0), (SHORT_PLAN, PACE)], ids=["demo", "short"])
def plan(request: pytest.FixtureRequest) -> tuple[Plan, float]:
    """A plan, and how much faster its scenarios go."""
    file, pace = request.param
    return parse_plan(file.read_bytes(), origin=file.name), pace


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("healthy", ExitCode.PROMOTED),
        ("outage", ExitCode.PROMOTED),
        ("errors", ExitCode.ROLLED_BACK_BY_GUARD),
        ("latency", ExitCode.ROLLED_BACK_BY_GUARD),
        ("quiet", ExitCode.HELD),
    ],
)
def test_a_scenario_ends_as_it_should_however_the_dice_fall(
    plan: tuple[Plan, float], scenario: str, code: ExitCode
) -> None:
    of, pace = plan
    for seed in range(TIMES):
        end = release_on_paper(of, SCENARIOS[scenario], seed=seed, pace=pace).end
        assert end is not None
        assert end.exit_code == code, f"seed {seed}: {end.reason}"


def test_a_flapping_canary_is_never_promoted_however_the_dice_fall(plan: tuple[Plan, float]) -> None:
    of, pace = plan
    for seed in range(TIMES):
        end = release_on_paper(of, SCENARIOS["flapping"], seed=seed, pace=pace).end
        assert end is not None
        assert end.exit_code in (ExitCode.ROLLED_BACK_BY_GUARD, ExitCode.HELD), f"seed {seed}: {end.reason}"


@pytest.mark.parametrize("file", [SHORT_PLAN, JUDGED_PLAN])
def test_a_plan_for_a_slower_machine_has_every_time_as_many_times_longer(file: Path) -> None:
    usual = parse_plan(file.read_bytes(), origin=file.name)
    slower = parse_plan(stretched(file.read_text(), times=3).encode(), origin=file.name)
    assert slower.interval_s == 3 * usual.interval_s
    assert slower.patience_s == 3 * usual.patience_s
    assert [stage.hold_s for stage in slower.stages] == [3 * stage.hold_s for stage in usual.stages]
    for now, then in zip(usual.stages, slower.stages, strict=True):
        assert [guard.for_s * 3 for guard in now.guards] == [guard.for_s for guard in then.guards]
        assert [guard.min_requests * 3 for guard in now.guards] == [
            guard.min_requests for guard in then.guards
        ]
