"""What is a VirtualServer's own: percent that are 100 together, upstreams, matches, a state."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.errors import NotAsPlanned, PlanError
from console.lab.kube.patches import json_patch
from console.plan.backend import Backend
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from console.traffic.routers.nginx_virtualserver.status import check_state
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.nginx_virtualserver import NAMED, SETTINGS, V1, V2, plain, rich, server, status, to

Json = dict[str, Any]
KIND = object_of("nginx_virtualserver")


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7"}
    return obj


@pytest.mark.parametrize(
    ("weight", "before", "after"),
    [
        (5, (100, 0), [95, 5]),
        (0, (3, 4), [100, 0]),
        (50, (200, 0), [50, 50]),
        (0, (60, 20, 20), [80, 0, 20]),
        (50, (60, 20, 20), [40, 40, 20]),
    ],
)
def test_the_weights_are_100_together_with_those_of_others(
    weight: int, before: tuple[int, ...], after: list[int]
) -> None:
    obj = stored(plain(*before))
    patched = json_patch(obj, KIND.patch(KIND.find(obj, SETTINGS), weight))
    assert [split["weight"] for split in patched["spec"]["routes"][0]["splits"]] == after


def test_a_split_is_a_version_s_by_the_service_of_its_upstream() -> None:
    place = KIND.find(stored(rich(90, 10)), NAMED)
    assert (place.route, place.stable, place.canary, place.percent) == (3, 2, 1, 10)


@pytest.mark.parametrize("route", ["/pay", "4"])
def test_a_route_is_named_by_its_path_or_numbered(route: str) -> None:
    assert KIND.find(stored(rich(90, 10)), replace(NAMED, route=route)).percent == 10


def only(**route: Any) -> Json:
    return server({"path": "/", **route}, upstreams=[V1, V2])


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(
            replace(NAMED, route=None), rich(100, 0), "has 4 routes, and the plan names none", id="no route"
        ),
        pytest.param(replace(NAMED, route="/shop"), rich(100, 0), "has no routes /shop", id="another path"),
        pytest.param(
            replace(NAMED, canary=Backend(service="checkout-v2")), rich(100, 0), "2 backends", id="two ports"
        ),
        pytest.param(SETTINGS, only(action={"pass": "v1"}), "lacks the plan's stable", id="one action"),
        pytest.param(
            SETTINGS, only(splits=[to("v1", 50), to("v3", 50)]), "lacks the plan's canary", id="no upstream"
        ),
        pytest.param(SETTINGS, plain(0, 0), "has a weight", id="no weight"),
    ],
)
def test_what_is_not_as_planned_is_told_with_the_mend(settings: Any, obj: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(stored(obj), settings)
    assert words in str(caught.value)
    assert caught.value.hint


def test_what_else_it_sends_is_told() -> None:
    obj = stored(rich(90, 10))
    found = KIND.elsewhere(obj, plan_for("shop", NAMED), KIND.find(obj, NAMED))
    assert [(each.words, each.canary, each.third) for each in found] == [
        ('route "/beta" sends to v2', True, False),
        ('route "/blog" sends to VirtualServerRoute press/blog', False, True),
        ('match 1 of route "/pay" sends to v1 50% and v2 50%', True, False),
    ]


def test_a_person_is_told_where_each_route_sends_and_names_one_by_its_path() -> None:
    obj = stored(rich(90, 10))
    assert KIND.sends(obj) == (
        'route "/old": nothing; route "/beta": service:checkout-v2 100%; route "/blog": nothing; '
        'route "/pay": service:checkout-v2 0%, service:checkout-v2 10%, service:checkout-v1 90%'
    )
    named = Named(stable=NAMED.stable, canary=NAMED.canary)
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [NAMED]
    other = Named(stable=NAMED.stable, canary=NAMED.canary, http_route="/beta")
    assert not [*KIND.fitting(obj, other, namespace="shop", name="checkout")]


@pytest.mark.parametrize(
    ("said", "ok", "warning", "words"),
    [
        (status({}), True, False, "the controller says Valid"),
        (
            {},
            False,
            False,
            "no controller has taken it up; look at its ingressClassName, and whether one runs",
        ),
        (
            {"state": "Invalid", "message": "splits: sum is 90"},
            False,
            False,
            "the controller says Invalid: splits: sum is 90",
        ),
        (
            {"state": "Warning", "reason": "AddedOrUpdatedWithWarning"},
            True,
            True,
            "the controller says Warning: AddedOrUpdatedWithWarning",
        ),
    ],
)
def test_one_that_is_not_served_is_refused_and_a_warning_told(
    said: Json, words: str, *, ok: bool, warning: bool
) -> None:
    (check,) = check_state({"status": said}, "shop/checkout")
    assert (check.ok, check.warning, check.words) == (ok, warning, words)


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_object_the_route_and_both_services() -> None:
    section = "{virtual_server: checkout, route: /pay, stable: {service: checkout-v1}, "
    plan = parse_plan(
        routed_by("nginx_virtualserver", section + "canary: {service: checkout-v2, port: 8080}}"), origin="p"
    )
    assert plan.driven == NAMED
    assert plan.lock == "pithead-nginx-virtualserver-checkout"
    words = "VirtualServer checkout, route /pay: Service checkout-v1 and Service checkout-v2:8080"
    assert words in describe(plan)


def test_a_plan_that_is_wrong_is_told_so() -> None:
    section = "{virtual_server: c, stable: {service: a}, canary: {service: a}}"
    with pytest.raises(PlanError, match="are the same backend"):
        parse_plan(routed_by("nginx_virtualserver", section), origin="p")
