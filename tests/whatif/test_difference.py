from __future__ import annotations

import pytest

from console.plan.model import Plan
from console.plan.units import clock
from console.release import events as ev
from console.whatif.clock import about
from console.whatif.course import bars, both_told
from console.whatif.difference import Difference, difference
from console.whatif.simulate import what_if
from tests.releases import counts, guard, plan, running, sample, stage
from tests.whatif.test_simulate import BAD, HASTY, PATIENT, rolled_back


def of(records: list[ev.Record], other: Plan) -> Difference:
    return difference(records, what_if(records, other), other)


def test_the_recorded_plan_makes_no_difference() -> None:
    story = running(PATIENT)
    story.ticks([BAD])
    found = of(story.records, PATIENT)
    assert found.same
    assert found.harm.fewer_failed == 0
    assert found.headline == "takes the same decisions at the same times"


def test_an_earlier_rollback_is_told_with_what_it_would_have_saved() -> None:
    found = of(rolled_back(PATIENT, [sample()] * 3 + [BAD] * 6).records, HASTY)
    assert found.headline == (
        "rolls back at 00:16:44Z, 5s earlier: "
        "about 150 fewer failed requests, about 500 fewer served by the canary"
    )


def test_a_release_that_goes_on_is_not_known_behind_the_evidence() -> None:
    found = of(rolled_back(HASTY, [sample(), BAD]).records, PATIENT)
    assert "is still running at 10%" in found.headline
    assert "not known" in found.headline
    assert any("traffic that was never sent has no evidence" in note for note in found.notes)
    assert found.harm.unknown_s == 2.0


def test_requests_are_split_by_the_other_weight() -> None:
    story = running(PATIENT)
    story.ticks([sample(canary=counts(100, errors=10), stable=counts(900))] * 8)
    found = of(story.records, plan(stage(10, guard(limit=0.5), hold_s=3.0), stage(50, guard(limit=0.5))))
    # Five looks at 50% where 10% was recorded: 500 of 1000 requests fail at 10% each time, not 100 of them.
    assert found.harm.fewer_failed == pytest.approx(-5 * (50 - 10))


def test_what_cannot_be_compared_is_said() -> None:
    story = running(PATIENT)
    story.ticks([sample()] * 2)
    other = plan(stage(25, guard("orders", limit=3.0)), interval_s=10.0)
    notes = " ".join(of(story.records, other).notes)
    assert "the plan's interval of 10s can't be simulated" in notes
    assert "no values of orders" in notes
    assert "10% for 25%" in notes


def test_both_releases_are_drawn_on_one_axis() -> None:
    story = rolled_back(PATIENT, [sample()] * 3 + [BAD] * 6)
    told = what_if(story.records, HASTY)
    recorded, simulated, axis = bars(story.records, told.records, width=40, ascii_only=True)
    assert recorded.index("x") > simulated.index("x")
    assert axis.split() == [clock(story.records[0].at), clock(story.records[-1].at)]


def test_each_line_says_whose_it_is() -> None:
    story = rolled_back(PATIENT, [sample()] * 3 + [BAD] * 6)
    lines = both_told(story.records, what_if(story.records, HASTY).records)
    assert [line.split()[1] for line in lines] == ["both", "what", "what", "recorded", "recorded"]


@pytest.mark.parametrize(
    ("count", "words"), [(0.4, "0"), (9, "9"), (1234, "about 1,200"), (987, "about 990")]
)
def test_an_estimate_has_two_digits(count: float, words: str) -> None:
    assert about(count) == words
