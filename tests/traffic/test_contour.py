"""What is an HTTPProxy's own: weights that nobody wrote, mirrors, routes by their paths, Contour's status."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.errors import NotAsPlanned, PlanError
from console.lab.kube.patches import json_patch
from console.plan.backend import Backend
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers.contour import parse_side
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from console.traffic.routers.contour.status import check_status
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.contour import NAMED, SETTINGS, plain, proxy, rich, status, to

Json = dict[str, Any]
KIND = object_of("contour")


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "generation": 3}
    return obj


def weights(obj: Json) -> list[int | None]:
    return [entry.get("weight") for entry in obj["spec"]["routes"][-1]["services"]]


def written_at(obj: Json, weight: int) -> list[int | None]:
    return weights(json_patch(stored(obj), KIND.patch(KIND.find(obj, SETTINGS), weight)))


def test_services_without_weights_share_evenly_and_a_write_takes_nothing_from_a_third() -> None:
    both = proxy({"services": [to("checkout-v1"), to("checkout-v2", 0)]})
    assert KIND.find(both, SETTINGS).percent == 50
    assert written_at(both, 0) == [2, 0]
    three = proxy({"services": [to("checkout-v1"), to("checkout-v2"), to("other")]})
    assert KIND.find(three, SETTINGS).weights == (1, 1, 1)
    assert written_at(three, 0) == [2, 0, 1]


def test_a_weight_that_is_absent_beside_others_is_none() -> None:
    obj = proxy({"services": [to("checkout-v1", 10), to("checkout-v2"), to("other")]})
    assert KIND.find(obj, SETTINGS).weights == (10, 0, 0)
    assert written_at(obj, 5) == [95, 5, None]


def test_a_mirror_has_no_share_and_is_no_version() -> None:
    obj = proxy(
        {"services": [to("checkout-v2", 100, mirror=True), to("checkout-v1", 90), to("checkout-v2", 10)]}
    )
    place = KIND.find(obj, SETTINGS)
    assert (place.weights, place.canary, place.percent, place.others) == ((0, 90, 10), 2, 10, 0)
    assert written_at(obj, 0) == [100, 100, 0]
    assert KIND.sends(obj) == (
        "route number 1 (/): service:checkout-v2 mirror, service:checkout-v1 90%, service:checkout-v2 10%"
    )


def test_a_mirror_of_the_canary_alone_is_not_its_place() -> None:
    obj = proxy({"services": [to("checkout-v1", 100), to("checkout-v2", 5, mirror=True)]})
    with pytest.raises(NotAsPlanned, match="lacks the plan's canary"):
        KIND.find(obj, SETTINGS)


@pytest.mark.parametrize("route", ["/pay", "3"])
def test_a_route_is_named_by_its_path_or_numbered(route: str) -> None:
    place = KIND.find(stored(rich(90, 10)), replace(NAMED, route=route))
    assert (place.path, place.percent) == ("/spec/routes/2/services", 10)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (None, "has 3 routes, and the plan names none"),
        ("/shop", "has no routes /shop"),
        ("4", "has no routes 4"),
        ("/old", "lacks the plan's stable"),
        ("/beta", "lacks the plan's stable"),
    ],
)
def test_a_route_that_can_not_be_told_is_refused_with_those_that_there_are(
    route: str | None, words: str
) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(stored(rich(100, 0)), replace(NAMED, route=route))
    assert words in str(caught.value)
    assert caught.value.hint


def test_what_else_it_sends_is_told() -> None:
    obj = stored(rich(90, 10))
    obj["spec"]["tcpproxy"] = {"services": [to("raw")]}
    found = KIND.elsewhere(obj, plan_for("shop", NAMED), KIND.find(obj, NAMED))
    assert [(each.words, each.canary, each.third) for each in found] == [
        ("route number 2 (/beta) sends to v2", True, False),
        ("tcpproxy sends to raw", False, True),
        ("an include sends to HTTPProxy press/blog", False, True),
    ]


def test_a_person_names_a_route_by_its_path() -> None:
    obj = stored(rich(90, 10))
    stable, canary = parse_side("service:checkout-v1"), parse_side("service:checkout-v2,port:8080")
    named = Named(stable=stable, canary=canary, http_route="/pay")
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [replace(NAMED, route="3")]


def test_stable_alone_is_enough_beside_a_mirror() -> None:
    obj = stored(plain(90, 10))
    obj["spec"]["routes"][0]["services"].append(to("shadow", mirror=True))
    named = Named(stable=Backend(service="checkout-v1"))
    (found,) = KIND.fitting(obj, named, namespace="shop", name="checkout")
    assert found == replace(SETTINGS, canary=Backend(service="checkout-v2", port=8080))


# -- who serves it ----------------------------------------------------------------------------------


def with_status(**said: Any) -> Json:
    obj = stored(plain(100, 0))
    obj["status"] = status(obj) | said
    return obj


@pytest.mark.parametrize(
    ("obj", "ok", "words"),
    [
        pytest.param(with_status(), True, "Contour serves it as it is", id="valid"),
        pytest.param(stored(plain(100, 0)), False, "no Contour has taken it up", id="no status"),
        pytest.param(
            with_status(currentStatus="NotReconciled", description="Waiting for controller"),
            False,
            "no Contour has taken it up",
            id="waiting",
        ),
        pytest.param(
            with_status(currentStatus="orphaned", description="not part of a delegation chain"),
            False,
            "Contour says orphaned: not part of a delegation chain",
            id="orphaned",
        ),
        pytest.param(
            with_status(currentStatus="invalid", description="unresolved service"),
            False,
            "Contour says invalid: unresolved service",
            id="invalid",
        ),
        pytest.param(
            with_status(conditions=[{"type": "Valid", "status": "True", "observedGeneration": 2}]),
            False,
            "has not looked at it since it was changed",
            id="old",
        ),
    ],
)
def test_one_that_is_not_served_as_it_is_is_refused(obj: Json, words: str, *, ok: bool) -> None:
    (check,) = check_status(obj, "shop/checkout")
    assert (check.name, check.ok) == ("status of shop/checkout", ok)
    assert words in check.words


@pytest.mark.parametrize("section", [{"httpProxies": ["a", "checkout"]}, {"httpProxy": "checkout"}])
def test_argo_s_plugin_names_one_or_several(section: Json) -> None:
    routing = {"plugins": {"argoproj-labs/contour": section}}
    rollout = {"spec": {"strategy": {"canary": {"trafficRouting": routing}}}}
    assert "checkout" in KIND.steered_by(rollout)


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_object_the_route_and_both_services() -> None:
    section = "{http_proxy: checkout, route: /pay, stable: {service: checkout-v1}, "
    plan = parse_plan(
        routed_by("contour", section + "canary: {service: checkout-v2, port: 8080}}"), origin="p"
    )
    assert plan.driven == NAMED
    assert plan.lock == "pithead-contour-checkout"
    assert "HTTPProxy checkout, route /pay: Service checkout-v1 and Service checkout-v2:8080" in describe(
        plan
    )


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{http_proxy: c, stable: {service: a}, canary: {service: a}}", "are the same backend"),
        ("{stable: {service: a}, canary: {service: b}}", "has no `http_proxy`"),
        ("{http_proxy: c, rule: x, stable: {service: a}, canary: {service: b}}", "has no key `rule`"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("contour", section), origin="p")
    assert words in str(caught.value)
