"""What is ApisixRoute's own: an absent weight of 100, rules by name, upstreams beside backends, its state."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.errors import NotAsPlanned, PlanError
from console.lab.kube.patches import json_patch
from console.lab.kube.refusals import Refusal
from console.plan.backend import Backend, parse_backend
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers.apisix import Settings
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.apisix import NAMED, SETTINGS, plain, rich, route, rule, status, to

Json = dict[str, Any]
KIND = object_of("apisix")


def stored(obj: Json, *, generation: int = 3) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "generation": generation}
    return obj


def weights(obj: Json, at: int = 0) -> list[int]:
    return [entry.get("weight") for entry in obj["spec"]["http"][at]["backends"]]


def written_at(weight: int, obj: Json) -> Json:
    after: Json = json_patch(stored(obj), KIND.patch(KIND.find(obj, SETTINGS), weight))
    return after


@pytest.mark.parametrize(
    ("weight", "obj", "after"),
    [
        pytest.param(5, route(rule(to("checkout-v1"), to("checkout-v2", 0))), [95, 5], id="stable's absent"),
        pytest.param(0, route(rule(to("checkout-v1"), to("checkout-v2"))), [200, 0], id="both absent"),
        pytest.param(5, plain(1, 0), [95, 5], id="no percent in it"),
        pytest.param(5, plain(1000, 0), [950, 50], id="its sum"),
        pytest.param(0, plain(5, 5, 10), [10, 0, 10], id="a third"),
    ],
)
def test_the_sum_stays_where_it_can_say_the_percent(weight: int, obj: Json, after: list[int]) -> None:
    assert weights(written_at(weight, obj)) == after


def test_a_weight_that_is_not_written_is_a_hundred() -> None:
    place = KIND.find(stored(route(rule(to("checkout-v1"), to("checkout-v2")))), SETTINGS)
    assert (place.percent, place.weights) == (50, (100, 100))


def test_an_upstream_shares_the_rules_requests_and_keeps_its_part() -> None:
    shared = rule(to("checkout-v1", 50), to("checkout-v2", 25), upstreams=[{"name": "outside", "weight": 25}])
    obj = stored(route(shared))
    place = KIND.find(obj, SETTINGS)
    assert (place.percent, place.others) == (25, 25)
    (third,) = KIND.elsewhere(obj, plan_for("shop", SETTINGS), place)
    assert third.words == 'rule "main" sends to ApisixUpstream outside 25%'
    after = json_patch(obj, KIND.patch(place, 0))["spec"]["http"][0]
    assert [each["weight"] for each in (*after["backends"], *after["upstreams"])] == [75, 0, 25]


def test_a_write_insists_on_the_rule_and_both_backends() -> None:
    obj = stored(rich(100, 0))
    patch = KIND.patch(KIND.find(obj, NAMED), 5)
    obj["spec"]["http"].reverse()
    with pytest.raises(Refusal):
        json_patch(obj, patch)


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(
            replace(NAMED, rule=None), rich(100, 0), "has 2 HTTP rules, and the plan names none", id="no rule"
        ),
        pytest.param(
            replace(NAMED, rule="web"), rich(100, 0), 'has no HTTP rule named "web"', id="another rule"
        ),
        pytest.param(replace(SETTINGS, rule="main"), rich(100, 0), "2 backends of rule", id="two ports"),
        pytest.param(
            SETTINGS, route(rule(to("checkout-v1"))), 'rule "main" of checkout lacks the plan', id="no canary"
        ),
        pytest.param(SETTINGS, route(rule()), "lacks the plan's stable", id="no backends"),
        pytest.param(SETTINGS, route(), "has no HTTP rule", id="no rules"),
        pytest.param(SETTINGS, plain(0, 0), "every request fails", id="no weight"),
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


def test_what_other_rules_and_streams_send_is_told() -> None:
    obj = stored(rich(90, 10))
    beta, raw = KIND.elsewhere(obj, plan_for("shop", NAMED), KIND.find(obj, NAMED))
    assert (beta.words, beta.canary) == ('rule "beta" sends to v2', True)
    assert (raw.words, raw.third) == ('stream rule "raw" sends to raw', True)


def test_a_person_is_told_where_each_rule_sends_and_names_one() -> None:
    obj = stored(rich(90, 10))
    assert KIND.sends(obj).endswith(
        'rule "main": service:old 0%, service:checkout-v2 0%, service:checkout-v1 90%, '
        "service:checkout-v2 10%, ApisixUpstream elsewhere 0%"
    )
    named = Named(
        stable=parse_backend("service:checkout-v1"), canary=parse_backend("service:checkout-v2,port:8080")
    )
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [NAMED]


def test_beside_an_upstream_the_other_backend_is_not_guessed() -> None:
    obj = stored(route(rule(to("checkout-v1"), upstreams=[{"name": "outside"}])))
    named = Named(stable=parse_backend("service:checkout-v1"))
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == []


@pytest.mark.parametrize(
    ("owned", "is_theirs"),
    [
        ({"f:http": {}}, True),
        ({"f:http": {'k:{"name":"main"}': {".": {}, "f:backends": {}}}}, True),
        ({"f:http": {'k:{"name":"main"}': {"f:timeout": {}}}}, False),
        ({"f:ingressClassName": {}}, False),
    ],
)
def test_who_changed_a_rule_and_not_its_backends_has_not_written_the_weights(
    owned: Json, *, is_theirs: bool
) -> None:
    assert KIND.owns_weights({"f:spec": owned}) is is_theirs


# -- who serves it ----------------------------------------------------------------------------------


def with_condition(**said: Any) -> Json:
    obj = stored(plain(100, 0))
    (condition,) = status(obj)["conditions"]
    obj["status"] = {"conditions": [condition | said]}
    return obj


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        pytest.param(stored(plain(100, 0)), "no controller has taken it up", id="nobody"),
        pytest.param(
            with_condition(status="False", reason="InvalidSpec", message="service not found"),
            "does not serve it: InvalidSpec: service not found",
            id="refused",
        ),
        pytest.param(with_condition(observedGeneration=2), "has not looked at it since", id="old"),
    ],
)
def test_a_route_that_is_not_served_as_it_is_is_refused(obj: Json, words: str) -> None:
    (check,) = KIND.check_served(obj, "shop/checkout")
    assert not check.ok
    assert words in check.words


@pytest.mark.parametrize(("enable", "warned"), [(True, True), (False, False)])
def test_a_rule_that_splits_by_a_plugin_of_its_own_is_warned_of(*, enable: bool, warned: bool) -> None:
    plugin = {"name": "traffic-split", "enable": enable}
    obj = stored(route(rule(to("checkout-v1"), to("checkout-v2", 0), plugins=[plugin])))
    obj["status"] = status(obj)
    accepted, *more = KIND.check_served(obj, "shop/checkout")
    assert accepted.ok
    assert [(check.warning, "rule main has a plugin" in check.words) for check in more] == [
        (True, True)
    ] * warned


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_route_the_rule_and_both_services() -> None:
    section = "{apisix_route: checkout, rule: main, stable: {service: checkout-v1}, "
    plan = parse_plan(
        routed_by("apisix", section + "canary: {service: checkout-v2, port: 8080}}"), origin="p"
    )
    assert plan.driven == NAMED
    assert "ApisixRoute checkout, rule main: Service checkout-v1 and Service checkout-v2:8080" in describe(
        plan
    )


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{apisix_route: c, stable: {service: a}, canary: {service: a}}", "are the same backend"),
        ("{stable: {service: a}, canary: {service: b}}", "has no `apisix_route`"),
        ("{apisix_route: c, stable: {service: a}, canary: {port: 80}}", "has no `service`"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("apisix", section), origin="p")
    assert words in str(caught.value)
