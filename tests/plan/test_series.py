"""What a plan says of the application's own series, and what stands for what it does not say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import UNSET

from console.errors import PlanError
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.series import KNOWN, Series
from tests.plan.good import GOOD


def plan_text(series: str, *, preset: str = "pods") -> str:
    return GOOD.replace(
        "  preset: istio\n", f"  preset: {preset}\n  series: {series}\n" if series else "  preset: pods\n"
    )


def read(series: str) -> Series:
    found = parse_plan(plan_text(series), origin="plan.yaml").metrics.series
    assert found is not UNSET
    return found


def refusal(series: str, *, preset: str = "pods") -> str:
    with pytest.raises(PlanError) as refused:
        parse_plan(plan_text(series, preset=preset), origin="plan.yaml")
    return str(refused.value)


def test_a_plan_that_names_no_series_means_the_commonest() -> None:
    assert read("") == Series(requests="http_requests_total", latency="http_request_duration_seconds_bucket")


@pytest.mark.parametrize("known", KNOWN, ids=lambda each: each.requests)
def test_what_stands_beside_a_known_counter_need_not_be_said(known: tuple[str, ...]) -> None:
    found = read(f"{{requests: {known[0]}}}")
    assert (found.requests, found.status, found.latency, found.grpc) == tuple(known)


def test_what_a_plan_says_goes_before_what_is_known() -> None:
    found = read("{requests: grpc_server_handled_total, status: code, latency: pay_ms_bucket}")
    assert (found.status, found.grpc, found.latency, found.unit) == ("code", "", "pay_ms_bucket", "ms")


def test_of_a_counter_that_nobody_knows_latency_is_not_judged() -> None:
    assert read("{requests: pay_total, namespace: ''}") == Series(requests="pay_total", namespace="")


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ("{requests: 'rate(x[1m])'}", "requests: `rate(x[1m])` is no metric's name"),
        ("{latency: pay_seconds}", "latency: `pay_seconds` has no buckets"),
        ("{latency: pay_bucket}", "series: the name `pay_bucket` does not say its unit"),
        ("{address: ip, version: v}", "series: address and version would both tell the versions apart"),
        ("{pod: pod, version: v}", "series: pod and version would both tell the versions apart"),
        ("{status: a, errors: 'b=\"c\"'}", "series: status and errors would both tell failures"),
        ("{errors: failed}", "errors: `failed` is no list of matchers"),
        ("{where: 'a=b'}", "where: `a=b` is no list of matchers"),
        ("{where: 'a=\"{{pods}}\"'}", "where: the placeholder `{{pods}}` is not known"),
        ("{status: 'a b'}", "status: `a b` is no label's name"),
        ("{unit: minutes}", "unit: `minutes` is not known here"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(series: str, words: str) -> None:
    assert words in refusal(series)


def test_a_preset_that_knows_its_series_takes_none() -> None:
    assert "the preset istio has series of its own" in refusal("{requests: x}", preset="istio")


def test_each_line_of_the_document_is_a_plan_s() -> None:
    text = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
    lines = re.findall(r"^  series: (\{.*\})$", text, re.MULTILINE)
    assert len(lines) > 5
    assert {read(line).requests for line in lines} <= {known.requests for known in KNOWN}


def test_a_plan_in_words_says_what_counts_and_what_tells_the_versions() -> None:
    words = describe(parse_plan(plan_text("{requests: pay_total}"), origin="plan.yaml"))
    assert "pods queries of pay_total, the versions told by each pod's name in the label pod" in words
    words = describe(parse_plan(plan_text("{version: release}"), origin="plan.yaml"))
    assert "pods queries of http_requests_total, the versions told by the label release" in words
