from __future__ import annotations

import pytest

from console.lab.faults import HEALTHY
from console.lab.scenarios import SCENARIOS, Scenario


@pytest.fixture(params=list(SCENARIOS.values()), ids=list(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    found = request.param
    assert isinstance(found, Scenario)
    return found


def test_all_eleven_are_there() -> None:
    names = "healthy errors grpc unanswered latency crash flapping outage quiet blind drop"
    assert set(SCENARIOS) == set(names.split())


def test_turns_come_in_order_and_leave_the_canary_some_good_seconds(scenario: Scenario) -> None:
    starts = [turn.after_s for turn in scenario.turns]
    assert starts == sorted(set(starts))
    assert all(after_s >= 5 for after_s in starts)


def test_a_summary_is_one_sentence(scenario: Scenario) -> None:
    assert scenario.summary.endswith(".")
    assert ". " not in scenario.summary


def test_stable_suffers_only_from_what_both_share(scenario: Scenario) -> None:
    suffering = [turn for turn in scenario.turns if turn.stable != HEALTHY]
    assert all(turn.stable == turn.canary for turn in suffering)
    assert bool(suffering) == (scenario.name == "outage")


def test_flapping_is_bad_and_good_by_turns() -> None:
    bad = [turn.canary != HEALTHY for turn in SCENARIOS["flapping"].turns]
    assert bad == [n % 2 == 0 for n in range(len(bad))]


def test_an_outage_passes() -> None:
    assert SCENARIOS["outage"].turns[-1].canary == HEALTHY
