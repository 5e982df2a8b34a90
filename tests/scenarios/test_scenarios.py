"""Each scenario from one command to its exit code, on real parts, with Envoy's own word on every weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode, UsageError
from console.judge.keys.gate import horizon
from console.lab.envoy import find_envoy
from console.lab.request_log import EDGE_S
from console.lab.scenarios import BREAKS_AFTER_S, ERRORS_MORE
from console.policy.judges.two_keys.keys_words import keys_of
from console.release.events import (
    Cause,
    Outcome,
    PreflightDone,
    Record,
    RollbackDecided,
    SampleTaken,
    WeightConfirmed,
)
from console.release.fold import fold_all
from tests import machine
from tests.sample import in_full_only
from tests.scenarios.demo_runs import JUDGED_PLAN, PACE, SHORT_PLAN, Demos, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

BY_GUARDS = (
    *(*in_full_only(["blind", "outage"]), "healthy"),
    *in_full_only(["flapping", "quiet", "errors", "latency", "crash", "grpc", "unanswered"]),
)
"""The longest first. All are played out on paper in every run, many times over: `test_by_chance`."""
BY_KEYS = in_full_only(["drop", "outage"])
ERRORS_BY_KEYS = "errors by keys"
ENDED_BY_PATIENCE = ("blind", "quiet", "flapping", "outage")
"""Their patience is short; all others have one that nothing but a hang uses up."""


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demos]:
    """All demos, already on their way."""
    try:
        find_envoy()
    except UsageError as error:
        pytest.skip(f"envoy is missing: {error} ({error.hint})")
    demos = Demos(tmp_path_factory.mktemp("homes"))
    for name in BY_KEYS:
        demos.start(f"{name} by keys", "--scenario", name, "--plan", demos.plan(JUDGED_PLAN))
    for name in BY_GUARDS:
        patience = "15s" if name in ENDED_BY_PATIENCE else "120s"
        demos.start(name, "--scenario", name, "--plan", demos.plan(SHORT_PLAN, patience=patience))
    demos.start(
        ERRORS_BY_KEYS,
        "--scenario",
        "errors",
        "--plan",
        demos.plan(JUDGED_PLAN, patience="120s"),
        "--builtin-prometheus",
    )
    yield demos
    demos.stop()


@pytest.fixture
def run(demos: Demos, request: pytest.FixtureRequest) -> Run:
    """The demo of the scenario that the test names."""
    return demos.ended(request.param)


def of(*runs: str) -> pytest.MarkDecorator:
    """Ask for some runs, one a test; those that are not in this tier are asked for by none."""
    here = {*BY_GUARDS, *(f"{name} by keys" for name in BY_KEYS), ERRORS_BY_KEYS}
    taken = [name for name in runs if name in here]
    if not taken:
        return pytest.mark.full  # on paper in this tier: `test_by_chance`
    return pytest.mark.parametrize("run", taken, indirect=True, ids=taken)


def rollback(run: Run) -> RollbackDecided:
    """The only decision to go back."""
    (decided,) = (r.event for r in run.records if isinstance(r.event, RollbackDecided))
    return decided


@of("healthy")
def test_a_canary_as_good_as_stable_is_promoted(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.PROMOTED, Outcome.PROMOTED), run.end.reason
    assert run.weights == [25, 50, 100]


@of("errors", "latency", "crash", "grpc", "unanswered")
def test_a_bad_canary_is_rolled_back_by_a_guard(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.ROLLED_BACK_BY_GUARD, Outcome.ROLLED_BACK), run.end.reason
    assert rollback(run).cause in (Cause.GUARD, Cause.SILENCE)  # the second: no pod of a crashed one is ready
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
    assert (run.code, run.end.outcome) == (ExitCode.HELD, Outcome.ROLLED_BACK), run.end.reason
    assert run.weights == [25, 0]
    assert "requests seen" in run.end.reason or "no evidence" in run.end.reason, run.end.reason


@of("blind")
def test_without_evidence_nothing_moves_but_back(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.HELD, Outcome.ROLLED_BACK), run.end.reason
    assert 100 not in run.weights
    assert run.weights[-1] == 0
    assert "no evidence for" in run.end.reason
    assert "can't be reached" in run.end.reason or "gave no answer" in run.end.reason, run.end.reason


@of(ERRORS_BY_KEYS)
def test_errors_are_proven_by_the_two_keys_on_the_evidence_that_the_horizon_predicts(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.ROLLED_BACK_BY_GUARD, Outcome.ROLLED_BACK), run.end.reason
    assert 100 not in run.weights
    assert run.weights[-1] == 0
    decided = next(each for each in run.records if isinstance(each.event, RollbackDecided))
    live = next(each for each in run.records if isinstance(each.event, WeightConfirmed))
    breaks_at = live.at + BREAKS_AFTER_S / PACE * machine.slowness()
    looks = (record for record in run.records if breaks_at < record.at <= decided.at)
    seen_s = sum(record.event.sample.span_s for record in looks if isinstance(record.event, SampleTaken))
    assert seen_s <= 2 * _predicted_s(run, decided), run.end.reason


def _predicted_s(run: Run, decided: Record) -> float:
    """Say how long this many more errors would stay hidden, as the release knew before it was proven."""
    before = fold_all(run.records[: decided.n - 2])
    keys = keys_of(before).keys
    assert keys is not None
    predicted_s = horizon(keys, uplift=ERRORS_MORE)
    assert predicted_s is not None
    return predicted_s


@of("outage by keys")
def test_the_two_keys_never_blame_the_canary_for_what_both_suffer(run: Run) -> None:
    assert run.code in (ExitCode.PROMOTED, ExitCode.HELD), run.end.reason
    causes = [r.event.cause for r in run.records if isinstance(r.event, RollbackDecided)]
    assert Cause.GUARD not in causes


@of("drop by keys")
def test_fewer_orders_are_damage_also_where_every_answer_is_good(run: Run) -> None:
    assert (run.code, run.end.outcome) == (ExitCode.ROLLED_BACK_BY_GUARD, Outcome.ROLLED_BACK), run.end.reason
    assert "orders " in run.end.reason, run.end.reason
    assert "fewer orders" in run.end.reason, run.end.reason


@of(*BY_GUARDS)
def test_envoy_served_what_the_journal_confirms(run: Run) -> None:
    audited = [int(row.partition("%")[0]) for row in run.audited]
    assert audited == [weight for weight, for_s in run.spans if for_s > 2 * EDGE_S], run.said
    assert all(row.endswith(": agrees") for row in run.audited), run.said


@of(ERRORS_BY_KEYS)
def test_the_built_in_scraper_stands_in_for_prometheus_and_says_so(run: Run) -> None:
    (preflight,) = (r.event for r in run.records if isinstance(r.event, PreflightDone))
    assert preflight.metrics == "pithead's built-in scraper"
    assert "ready: built-in scraper" in run.said.splitlines()
