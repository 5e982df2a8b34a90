"""What is HTTPRoute's own: its sum, its rules, its parents."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.errors import NotAsPlanned, PlanError
from console.lab.kube.patches import json_patch
from console.plan.backend import Backend
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers import read_in, written
from console.plan.routers.gateway_api import Settings, parse_side
from console.plan.units import BadValue
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from console.traffic.routers.gateway_api.parents import check_parents
from tests.plan.good import GOOD, routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.gateway_api import NAMED, SETTINGS, plain, rich, route, status, to

Json = dict[str, Any]
KIND = object_of("gateway_api")


def stored(obj: Json, *, generation: int = 3) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "generation": generation}
    return obj


def weights(obj: Json, rule: int = 0) -> list[int]:
    return [ref.get("weight") for ref in obj["spec"]["rules"][rule]["backendRefs"]]


def written_at(weight: int, *before: int) -> list[int]:
    obj = stored(plain(*before))
    return weights(json_patch(obj, KIND.patch(KIND.find(obj, SETTINGS), weight)))


@pytest.mark.parametrize(
    ("weight", "before", "after"),
    [
        (5, (100, 0), [95, 5]),
        (5, (1000, 0), [950, 50]),
        (50, (1, 1), [1, 1]),
        (5, (1, 1), [95, 5]),
        (5, (0, 1), [95, 5]),
        (0, (3, 4), [7, 0]),
        (100, (3, 4), [0, 7]),
        (0, (5, 5, 10), [10, 0, 10]),
        (33, (5, 5, 10), [7, 3, 10]),
    ],
)
def test_the_sum_stays_where_it_can_say_the_percent_and_where_others_share_it(
    weight: int, before: tuple[int, ...], after: list[int]
) -> None:
    assert written_at(weight, *before) == after


def test_a_backend_without_a_weight_has_one_and_is_given_it() -> None:
    obj = stored(route({"backendRefs": [to("checkout-v1"), to("checkout-v2")]}))
    place = KIND.find(obj, SETTINGS)
    assert place.percent == 50
    assert weights(json_patch(obj, KIND.patch(place, 0))) == [2, 0]


@pytest.mark.parametrize("rule", ["main", "3"])
def test_a_rule_is_named_or_numbered(rule: str) -> None:
    place = KIND.find(stored(rich(90, 10)), replace(NAMED, rule=rule))
    assert (place.rule, place.percent) == (2, 10)


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(
            replace(NAMED, rule=None), rich(100, 0), "has 3 rules, and the plan names none", id="no rule"
        ),
        pytest.param(replace(NAMED, rule="web"), rich(100, 0), "has no rule web", id="another rule"),
        pytest.param(replace(NAMED, rule="4"), rich(100, 0), "has no rule 4", id="another number"),
        pytest.param(replace(SETTINGS, rule="main"), rich(100, 0), "2 backends of rule", id="two ports"),
        pytest.param(
            SETTINGS, route({"backendRefs": [to("checkout-v1")]}), "lacks the plan's canary", id="no canary"
        ),
        pytest.param(
            SETTINGS, route({"backendRefs": [to("checkout-v2")]}), "lacks the plan's stable", id="no stable"
        ),
        pytest.param(SETTINGS, route({}), "lacks the plan's stable", id="no backends"),
        pytest.param(SETTINGS, route(), "has no rule", id="no rules"),
        pytest.param(SETTINGS, plain(0, 0), "every request fails", id="no weight"),
        pytest.param(
            SETTINGS,
            route({"backendRefs": [to("checkout-v1"), to("checkout-v2", namespace="other")]}),
            "lacks the plan's canary",
            id="another namespace",
        ),
        pytest.param(
            replace(SETTINGS, canary=Backend(service="checkout-v1", port=8080)),
            plain(100, 0),
            "same backend",
            id="one for both",
        ),
    ],
)
def test_what_is_not_as_planned_is_told_with_the_mend(settings: Settings, obj: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(stored(obj), settings)
    assert words in str(caught.value)
    assert caught.value.hint


def test_what_the_other_rules_send_is_told() -> None:
    obj = stored(rich(90, 10))
    (beta,) = KIND.elsewhere(obj, plan_for("shop", NAMED), KIND.find(obj, NAMED))
    assert (beta.words, beta.canary) == ('rule "beta" sends to v2', True)


def test_a_person_is_told_where_each_rule_sends_and_names_one() -> None:
    obj = stored(rich(90, 10))
    assert KIND.sends(obj).endswith(
        'rule "main": service:old 0%, service:checkout-v2 0%, '
        "service:checkout-v1 90%, service:checkout-v2 10%"
    )
    named = Named(
        stable=parse_side("service:checkout-v1"), canary=parse_side("service:checkout-v2,port:8080")
    )
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [NAMED]


@pytest.mark.parametrize("text", ["subset:v1", "service:", "port:80", "service:a,port:0"])
def test_what_names_no_backend_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_side(text)


# -- who serves it ----------------------------------------------------------------------------------


def changed(kind: str, **said: Any) -> Json:
    obj = stored(plain(100, 0))
    obj["status"] = status(obj)
    conditions = obj["status"]["parents"][0]["conditions"]
    conditions[:] = [each | said if each["type"] == kind else each for each in conditions]
    if kind == "PartiallyInvalid":
        conditions.append({"type": kind, **said})
    return obj


def without_status(**spec: Any) -> Json:
    obj = stored(plain(100, 0))
    obj["spec"] |= spec
    return obj


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        pytest.param(without_status(), "no controller has taken the route up", id="no entry"),
        pytest.param(without_status(parentRefs=[]), "it has no parentRefs", id="no parent"),
        pytest.param(
            changed("Accepted", status="False", reason="NotAllowedByListeners"),
            "NotAllowedByListeners",
            id="refused",
        ),
        pytest.param(
            changed("ResolvedRefs", status="False", reason="BackendNotFound"),
            "BackendNotFound",
            id="no backend",
        ),
        pytest.param(changed("Accepted", observedGeneration=2), "has not looked at the route", id="old"),
        pytest.param(changed("PartiallyInvalid", status="True"), "only a part of the route", id="in part"),
    ],
)
def test_a_route_that_is_not_served_as_it_is_is_refused(obj: Json, words: str) -> None:
    (check,) = check_parents(obj, "shop/checkout")
    assert not check.ok
    assert words in check.words


def test_who_serves_it_is_told_for_each_parent() -> None:
    obj = stored(rich(100, 0))
    obj["status"] = status(obj)
    checks = check_parents(obj, "shop/checkout")
    assert [check.name for check in checks] == [
        "Gateway shop/front (web) of shop/checkout",
        "Gateway infra/mesh of shop/checkout",
    ]
    assert {check.words for check in checks} == {"accepted by example.net/gateway-controller"}
    assert all(check.ok for check in checks)


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_route_the_rule_and_both_services() -> None:
    section = "{http_route: checkout, rule: main, stable: {service: checkout-v1}, "
    plan = parse_plan(
        routed_by("gateway_api", section + "canary: {service: checkout-v2, port: 8080}}"), origin="p"
    )
    assert plan.driven == NAMED
    assert (plan.lock, plan.route.partition("/")[2]) == ("pithead-gateway-api-checkout", "checkout")
    assert "HTTPRoute checkout, rule main: Service checkout-v1 and Service checkout-v2:8080" in describe(plan)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{http_route: c, stable: {service: a}, canary: {service: a}}", "are the same backend"),
        ("{stable: {service: a}, canary: {service: b}}", "has no `http_route`"),
        ("{http_route: c, stable: {service: a}, canary: {port: 80}}", "has no `service`"),
        ("{http_route: c, stable: {service: a}, canary: {service: b, port: 70000}}", "is no port"),
        ("{http_route: c, stable: {service: a}}", "has no `canary`"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("gateway_api", section), origin="p")
    assert words in str(caught.value)


def test_a_plan_has_one_router() -> None:
    section = "{http_route: c, stable: {service: a}, canary: {service: b}}"
    text = GOOD.replace("router:\n", f"router:\n  gateway_api: {section}\n")
    with pytest.raises(PlanError, match="a second router, beside `istio`"):
        parse_plan(text, origin="p")


def test_a_port_that_is_none_is_refused_in_a_journal_too() -> None:
    router = written(SETTINGS)
    assert read_in(router) == SETTINGS
    with pytest.raises(ValueError, match="port"):
        read_in({**router, "canary": {"service": "checkout-v2", "port": 0}})
