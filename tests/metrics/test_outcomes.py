"""Each way in which a request ends is in one class, and a plan may say which of them are errors."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from console.evidence import Counts
from console.metrics.evidence_source import PrometheusSource
from console.metrics.outcomes import SERVERS_FAULT, Ended, Outcome, ended, is_error, outcome_of
from console.plan.model import Errors
from tests.metrics.scripted import V1, V2, Pod, ScriptedPrometheus, plan


@pytest.mark.parametrize(
    ("code", "grpc", "outcome"),
    [
        ("200", "", Outcome.GOOD),
        ("301", "", Outcome.GOOD),
        ("404", "", Outcome.REFUSED),
        ("429", "", Outcome.REFUSED),
        ("503", "", Outcome.SERVER_ERROR),
        ("0", "", Outcome.NO_ANSWER),
        ("0", "14", Outcome.NO_ANSWER),
        ("200", "0", Outcome.GOOD),
        ("503", "14", Outcome.SERVER_ERROR),
        *(("200", status, Outcome.GRPC_SERVER) for status in ("2", "4", "8", "13", "14", "15")),
        *(
            ("200", status, Outcome.GRPC_CALLER)
            for status in ("1", "3", "5", "6", "7", "9", "11", "12", "16")
        ),
    ],
)
def test_a_request_is_in_one_class(code: str, grpc: str, outcome: Outcome) -> None:
    end = Ended(code, grpc)
    assert outcome_of(end) is outcome
    assert ended(end.text) == end


@pytest.mark.parametrize("code", ["200", "404", "429", "500", "503", "0"])
@pytest.mark.parametrize("grpc", ["", "0", "5", "14"])
def test_a_plan_that_says_what_is_usual_calls_the_same_an_error(code: str, grpc: str) -> None:
    usual = (Outcome.SERVER_ERROR, Outcome.NO_ANSWER, Outcome.GRPC_SERVER)
    end = Ended(code, grpc)
    assert is_error(end, Errors()) is (outcome_of(end) in usual)


@pytest.mark.parametrize(
    ("errors", "errs", "errs_not"),
    [
        (Errors(http=("5xx", "429")), [Ended("429"), Ended("500")], [Ended("404"), Ended("200")]),
        (Errors(http=("503",)), [Ended("503")], [Ended("500")]),
        (Errors(grpc=("server", "5")), [Ended("200", "5"), Ended("200", "14")], [Ended("200", "3")]),
        (Errors(grpc=("caller",)), [Ended("200", "3")], [Ended("200", "14")]),
        (Errors(no_answer=False), [Ended("500")], [Ended("0")]),
    ],
)
def test_a_plan_may_say_what_is_an_error(errors: Errors, errs: list[Ended], errs_not: list[Ended]) -> None:
    assert all(is_error(end, errors) for end in errs)
    assert not any(is_error(end, errors) for end in errs_not)


def _counted(errors: Errors | None, **ends: float) -> Counts:
    of = plan() if errors is None else replace(plan(), errors=errors)
    v1 = Pod(V1, "a", scraped_s=999, requests={"200": 1000})
    v2 = Pod(V2, "b", scraped_s=999, requests={"200": 50})
    prometheus = ScriptedPrometheus(v1, v2)
    source = PrometheusSource(of, prometheus, clock=lambda: prometheus.now_s)
    asyncio.run(source.sample(deadline_s=1))
    prometheus.now_s += 5
    v1.scraped_s = v2.scraped_s = prometheus.now_s
    v2.requests |= {each.removeprefix("e").replace("_", "|"): count for each, count in ends.items()}
    found = asyncio.run(source.sample(deadline_s=1)).canary.counts
    assert found is not None
    return found


ENDS = {"e404": 1.0, "e503": 2.0, "e0": 4.0, "e200_14": 8.0, "e200_5": 16.0, "e429": 32.0}


def test_a_sample_holds_each_class_and_no_request_twice() -> None:
    counts = _counted(None, **ENDS)
    assert counts == Counts(
        requests=63, errors_4xx=33, errors_5xx=2, no_answer=4, grpc_server=8, grpc_caller=16
    )
    assert (counts.errors, counts.refused, counts.answered) == (14, 49, 59)


def test_what_the_plan_calls_an_error_is_what_is_judged() -> None:
    counts = _counted(Errors(http=("5xx", "429"), no_answer=False), **ENDS)
    assert (counts.errors, counts.errors_4xx) == (42, 33)
    assert _counted(Errors(http=(), grpc=(), no_answer=True), e503=7.0).errors == 0


def test_the_statuses_that_are_the_servers_fault_are_these_six() -> None:
    assert {"2", "4", "8", "13", "14", "15"} == SERVERS_FAULT
