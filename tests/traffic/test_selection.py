"""Which pods a host of a route leads to, as Kubernetes and Istio choose them."""

from __future__ import annotations

from typing import Any

import pytest

from console.traffic.selection import port_of, ready_pods, subsets_of, with_port

Json = dict[str, Any]


def rule(name: str, host: str, *subsets: str, **spec: Any) -> Json:
    return {
        "metadata": {"name": name},
        "spec": {
            "host": host,
            "subsets": [{"name": each, "labels": {"by": name}} for each in subsets],
            **spec,
        },
    }


def subsets(*rules: Json) -> dict[str, str]:
    """Give the rule that each subset is taken from."""
    return {name: found.rule for name, found in subsets_of(rules, host="checkout", namespace="shop").items()}


@pytest.mark.parametrize(
    "host", ["checkout", "checkout.shop.svc.cluster.local", "checkout.shop.svc.", "*.shop.svc.cluster.local"]
)
def test_a_rule_is_for_a_service_in_each_spelling(host: str) -> None:
    assert subsets(rule("a", host, "v1")) == {"v1": "a"}


@pytest.mark.parametrize(
    "host", ["checkout.shop", "checkout.other.svc.cluster.local", "checkouts", "*.other.svc.cluster.local"]
)
def test_a_rule_for_another_host_says_nothing(host: str) -> None:
    assert subsets(rule("a", host, "v1")) == {}


def test_rules_of_one_host_are_merged_and_the_first_of_a_name_counts() -> None:
    assert subsets(rule("a", "checkout", "v1"), rule("b", "checkout.shop.svc.cluster.local", "v1", "v2")) == {
        "v1": "a",
        "v2": "b",
    }


def test_of_rules_that_name_the_host_less_closely_none_counts() -> None:
    wide, wider = rule("a", "*.shop.svc.cluster.local", "v1", "v2"), rule("b", "*", "v3")
    assert subsets(wider, wide) == {"v1": "a", "v2": "a"}
    assert subsets(wider, wide, rule("c", "checkout", "v1")) == {"v1": "c"}


def test_a_rule_for_some_callers_only_says_nothing_of_the_others() -> None:
    assert subsets(rule("a", "checkout", "v2", workloadSelector={"matchLabels": {"app": "web"}})) == {}


def pod(name: str, *addresses: str) -> Json:
    return {"metadata": {"name": name}, "status": {"podIPs": [{"ip": each} for each in addresses]}}


def test_endpoints_that_say_no_pod_are_known_by_their_addresses() -> None:
    kept: list[Json] = [
        {"addresses": ["10.0.0.2"]},
        {"addresses": ["10.0.0.3"], "conditions": {"ready": False}},
    ]
    pods = [pod("a", "10.0.0.1"), pod("b", "10.0.0.2", "fd00::2"), pod("c", "10.0.0.3")]
    assert ready_pods(pods, kept) == {"b"}


def test_a_pod_behind_two_families_of_addresses_is_one() -> None:
    both = [{"addresses": [each], "targetRef": {"name": "a"}} for each in ("10.0.0.1", "fd00::1")]
    assert ready_pods([pod("a", "10.0.0.1", "fd00::1")], both) == {"a"}


def slice_of(pod: str, *ports: str) -> Json:
    return {"ports": [{"name": each} for each in ports], "endpoints": [{"targetRef": {"name": pod}}]}


HTTP, ADMIN = {"name": "http", "port": 80}, {"name": "admin", "port": 9090}


@pytest.mark.parametrize(
    ("number", "found"), [(80, ["a", "b"]), (9090, ["b"]), (None, ["a", "b"])], ids=["http", "admin", "any"]
)
def test_endpoints_count_for_the_ports_that_they_have(number: int | None, found: list[str]) -> None:
    slices = [slice_of("a", "http"), slice_of("b", "http", "admin"), slice_of("c")]
    assert [each["targetRef"]["name"] for each in with_port(slices, [HTTP, ADMIN], number)] == found


def test_where_nobody_says_ports_all_endpoints_count() -> None:
    assert len(with_port([slice_of("a"), slice_of("b")], [HTTP], 80)) == 2
    assert len(with_port([slice_of("a", "x")], [], None)) == 1


@pytest.mark.parametrize("port", [None, {}, {"number": "80"}, "80"])
def test_a_port_that_is_no_number_is_none(port: object) -> None:
    assert port_of({"port": port}) is None
