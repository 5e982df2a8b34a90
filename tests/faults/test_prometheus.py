"""Every fault of Prometheus, over real HTTP into the real adapter, under a worker that drives a release."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.driven import PLANS, Course, driven
from tests.faults.patient_time import patiently
from tests.faults.prometheus_faults import BLINDING, HARMLESS, Fault
from tests.sample import sampled

BLIND = [(fault, plan) for fault in BLINDING for plan in ("guards", "judge")]
CASES = sampled("faults of Prometheus", [*BLIND, *((fault, "both") for fault in HARMLESS)])


def named(case: tuple[Fault, str]) -> str:
    return f"{case[0].name} - {case[1]}"


@pytest.fixture(scope="module")
def courses() -> dict[tuple[str, str], Course]:
    return {}


@pytest.fixture
def course(request: pytest.FixtureRequest, courses: dict[tuple[str, str], Course], tmp_path: Path) -> Course:
    """Driven once for all tests of a fault and a plan."""
    fault, plan = request.param
    if (fault.name, plan) not in courses:

        @patiently
        async def here() -> None:
            courses[fault.name, plan] = await driven(fault, PLANS[plan], tmp_path)

        here()
    return courses[fault.name, plan]


any_fault = pytest.mark.parametrize("course", CASES, ids=named, indirect=True)
any_blinding_fault = pytest.mark.parametrize(
    "course", [case for case in CASES if case in BLIND], ids=named, indirect=True
)


@any_blinding_fault
def test_nothing_goes_forward_or_back_while_it_lasts(course: Course) -> None:
    assert course.moved == []


@any_blinding_fault
def test_the_line_says_what_is_wrong_and_the_mend_and_how_long_it_may_last(course: Course) -> None:
    waits = "no evidence for [0-9]+s · no step forward; back to v1 in 59m[0-9]+s if it stays so"
    assert re.search(f"^{waits}: .*{course.fault.says}", course.line)


@any_fault
def test_no_release_is_rolled_back_by_it_and_it_goes_on_after_it(course: Course) -> None:
    assert [weight for at, weight in course.written if at < course.asked_s] == [10, 50]


@any_fault
def test_a_rollback_by_hand_is_written_at_once_while_it_lasts(course: Course) -> None:
    assert course.written[-1] == (course.asked_s, 0)


@any_fault
def test_each_request_is_counted_once_though_some_of_them_late(course: Course) -> None:
    first, last = course.ticks[0].served, course.ticks[-1].served
    assert counted(course, "requests") == pytest.approx((last[0] - first[0], last[1] - first[1]))


@any_fault
def test_no_error_is_lost_or_made_up(course: Course) -> None:
    stable, canary = counted(course, "requests")
    assert counted(course, "errors_5xx") == pytest.approx((stable / 1000, canary / 1000))


def counted(course: Course, what: str) -> tuple[float, float]:
    looks = [(tick.sample.stable.counts, tick.sample.canary.counts) for tick in course.ticks]
    stable, canary = (sum(getattr(counts, what, 0.0) for counts in side) for side in zip(*looks, strict=True))
    return stable, canary
