"""Each scenario from one command to its exit code, on real parts, with Envoy's own word on every weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode, UsageError
from console.judge.keys.gate import horizon
from console.lab.envoy import find_envoy
from console.lab.scenarios import BREAKS_AFTER_S, ERRORS_MORE
from console.release.events import (
    Cause,
    Outcome,
    PreflightDone,
    Record,
    RollbackDecided,
    WeightConfirmed,
)
from console.release.fold import fold_all
from tests.scenarios.demo_runs import JUDGED_PLAN, PACE, SHORT_PLAN, Demos, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

LONGEST_FIRST = ("blind", "outage", "healthy", "flapping", "quiet", "errors", "latency", "crash")
BY_GUARDS = ("--plan", str(SHORT_PLAN))
BY_KEYS = ("--plan", str(JUDGED_PLAN))
BY_KEYS_ON_BUILTIN = (*BY_KEYS, "--builtin-prometheus")


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demos]:
    """All demos, already on their way."""
    try:
        find_envoy()
    except UsageError as error:
        pytest.skip(f"envoy is missing: {error} {error.hint}")
    demos = Demos(tmp_path_factory.mktemp("homes"))
    demos.start(("--scenario", name, *BY_KEYS) for name in ("outage", "drop"))
    demos.start(("--scenario", name, *BY_GUARDS) for name in LONGEST_FIRST)
    demos.start([("--scenario", "errors", *BY_KEYS_ON_BUILTIN)])
    yield demos
    demos.stop()


@pytest.fixture
def run(demos: Demos, request: pytest.FixtureRequest) -> Run:
    """The demo of the scenario that the test names."""
    return demos.ended(*request.param)


def of(*scenarios: str, judged_by: tuple[str, ...] = BY_GUARDS) -> pytest.MarkDecorator:
    """Ask for the runs of these scenarios, one a test."""
    runs = [("--scenario", name, *judged_by) for name in scenarios]
    return pytest.mark.parametrize("run", runs, indirect=True, ids=scenarios)


def rollback(run: Run) -> RollbackDecided:
    """The only decision to go back."""
    (decided,) = (r.event for r in run.records if isinstance(r.event, RollbackDecided))
    return decided


@of("healthy")
def test_a_canary_as_good_as_stable_is_promoted(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.PROMOTED, Outcome.PROMOTED), run.end.reason
    assert run.weights == [25, 50, 100]


@of("errors", "latency", "crash")
def test_a_bad_canary_is_rolled_back_by_a_guard(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.ROLLED_BACK_BY_GUARD, Outcome.ROLLED_BACK), run.end.reason
    assert rollback(run).cause is Cause.GUARD
    assert run.weights[-1] == 0


@of("outage")
def test_what_both_versions_suffer_is_never_blamed_on_the_canary(run: Run) -> None:
    assert run.code in (ExitCode.PROMOTED, ExitCode.HELD), run.end.reason
    causes = [r.event.cause for r in run.records if isinstance(r.event, RollbackDecided)]
    assert Cause.GUARD not in causes


@of("flapping")
def test_a_canary_that_is_bad_now_and_then_is_never_promoted(run: Run) -> None:
    assert run.code in (ExitCode.ROLLED_BACK_BY_GUARD, ExitCode.HELD), run.end.reason
    assert 100 not in run.weights
    assert run.weights[-1] == 0


@of("quiet")
def test_a_handful_of_requests_never_promotes(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.HELD, Outcome.HELD), run.end.reason
    assert run.weights == [25, 0]
    assert "of 40 requests seen" in run.end.reason


@of("blind")
def test_without_evidence_nothing_moves_but_back(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.HELD, Outcome.HELD), run.end.reason
    assert 100 not in run.weights
    assert run.weights[-1] == 0
    assert "no evidence for" in run.end.reason
    assert "can't be reached" in run.end.reason


@of("errors", judged_by=BY_KEYS_ON_BUILTIN)
def test_errors_are_proven_by_the_two_keys_in_the_time_that_the_horizon_predicts(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.ROLLED_BACK_BY_GUARD, Outcome.ROLLED_BACK), run.end.reason
    assert run.weights == [50, 0]
    decided = next(each for each in run.records if isinstance(each.event, RollbackDecided))
    live = next(each for each in run.records if isinstance(each.event, WeightConfirmed))
    took_s = decided.at - live.at - BREAKS_AFTER_S / PACE
    assert took_s <= 2 * _predicted_s(run, decided), run.end.reason


def _predicted_s(run: Run, decided: Record) -> float:
    """Say how long this many more errors would stay hidden, as the release knew before it was proven."""
    before = fold_all(run.records[: decided.n - 2])
    assert before.memory.keys is not None
    predicted_s = horizon(before.memory.keys, uplift=ERRORS_MORE)
    assert predicted_s is not None
    return predicted_s


@of("outage", judged_by=BY_KEYS)
def test_the_two_keys_never_blame_the_canary_for_what_both_suffer(run: Run) -> None:
    assert run.code in (ExitCode.PROMOTED, ExitCode.HELD), run.end.reason
    causes = [r.event.cause for r in run.records if isinstance(r.event, RollbackDecided)]
    assert Cause.GUARD not in causes


@of("drop", judged_by=BY_KEYS)
def test_fewer_orders_are_damage_also_where_every_answer_is_good(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.ROLLED_BACK_BY_GUARD, Outcome.ROLLED_BACK), run.end.reason
    assert run.end.reason.startswith("orders "), run.end.reason
    assert "events lost" in run.end.reason


@of(*LONGEST_FIRST)
def test_envoy_served_what_the_journal_confirms(run: Run) -> None:
    weights = [row.partition("%")[0] for row in run.audited]
    assert weights == [str(weight) for weight in run.weights], run.said
    assert all(row.endswith(": agrees") for row in run.audited), run.said


@of("errors", judged_by=BY_KEYS_ON_BUILTIN)
def test_the_built_in_scraper_stands_in_for_prometheus_and_says_so(run: Run) -> None:
    (preflight,) = (r.event for r in run.records if isinstance(r.event, PreflightDone))
    assert preflight.metrics == "pithead's built-in scraper"
    assert "ready: built-in scraper" in run.said.splitlines()
