"""The lines that are proposed are those of the one library that counts in the versions' pods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from console.errors import EvidenceError
from console.metrics.answer import Answer, Row
from console.metrics.proposals import MOST_PODS, lines_of, propose, series_in
from console.plan.load import parse_plan
from console.plan.series import Series, known_beside
from tests.metrics.scripted import V1, V2, plan
from tests.plan.good import GOOD


def rows(*names: str, found_by: str = "pod", namespace: str = "shop") -> list[Row]:
    return [
        Row(labels={"__name__": name, "pithead_found_by": found_by, "namespace": namespace}, value=1)
        for name in names
    ]


def found(listed: Iterable[Row]) -> tuple[str, ...]:
    return tuple(each.requests for each in series_in(listed, namespace="shop"))


def test_one_library_is_one_proposal() -> None:
    assert series_in(rows("gin_requests_total", "gin_request_duration_seconds_bucket"), namespace="shop") == (
        known_beside("gin_requests_total"),
    )


def test_the_count_of_a_histogram_beside_a_counter_is_no_second_one() -> None:
    listed = rows(
        "http_requests_total", "http_request_duration_seconds_bucket", "http_request_duration_seconds_count"
    )
    assert found(listed) == ("http_requests_total",)
    assert found(listed[1:]) == ("http_request_duration_seconds_count",)


def test_two_libraries_are_both_named_and_none_is_chosen() -> None:
    listed = rows("gin_requests_total", "grpc_server_handled_total")
    assert found(listed) == ("gin_requests_total", "grpc_server_handled_total")


def test_where_there_is_no_histogram_none_is_promised() -> None:
    (only,) = series_in(rows("gin_requests_total"), namespace="shop")
    assert only.latency == ""


def test_pods_of_the_same_name_in_another_namespace_are_not_meant() -> None:
    listed = rows("gin_requests_total") + rows("grpc_server_handled_total", namespace="bank")
    assert found(listed) == ("gin_requests_total",)


@pytest.mark.parametrize(
    "series",
    [
        known_beside("http_server_requests_seconds_count"),
        Series(
            requests="http_requests_total", latency="http_request_duration_seconds_bucket", pod="pod_name"
        ),
        Series(requests="http_requests_total", latency="http_request_duration_seconds_bucket", namespace=""),
    ],
    ids=["usual", "another label", "no namespace"],
)
def test_the_lines_are_read_back_as_what_was_found(series: Series) -> None:
    text = GOOD.replace("  preset: istio", "\n".join(lines_of(series)))
    assert parse_plan(text, origin="plan.yaml").metrics.series == series


class Asked:
    """Notes what is asked, and knows nothing."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        self.questions.append(promql)
        return Answer(rows=(), at_s=None)


def test_one_question_is_asked_about_few_names_of_few_pods() -> None:
    asked = Asked()
    pods = {V1: tuple(f"checkout-v1-{at:05}" for at in range(5000)), V2: ("checkout-v2-a",)}
    assert asyncio.run(propose(asked, plan(), pods=pods, deadline_s=1)) == ()  # type: ignore[arg-type]  # asks nothing else
    (question,) = asked.questions
    assert f"{MOST_PODS - 1:05}" in question
    assert f"{MOST_PODS:05}" not in question
    assert len(question) < 16_000


def test_without_pods_nothing_is_asked() -> None:
    asked = Asked()
    with pytest.raises(EvidenceError, match="no pod of either version is known"):
        asyncio.run(propose(asked, plan(), pods={V1: ()}, deadline_s=1))  # type: ignore[arg-type]  # as above
    assert asked.questions == []
