"""What is a TraefikService's own: absent weights, kinds of service, ports, cookies, versions without pods."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.errors import NotAsPlanned, PlanError
from console.lab.kube.patches import json_patch
from console.plan.backend import Backend
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers.traefik import Settings
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.traefik import NAMED, SETTINGS, plain, rich, to, weighted

Json = dict[str, Any]
KIND = object_of("traefik")


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7"}
    return obj


def written_at(weight: int, obj: Json) -> list[int | None]:
    after = json_patch(stored(obj), KIND.patch(KIND.find(obj, SETTINGS), weight))
    return [entry.get("weight") for entry in after["spec"]["weighted"]["services"]]


def test_a_service_without_a_weight_has_one_and_is_given_it() -> None:
    obj = weighted(to("checkout-v1"), to("checkout-v2"), to("other", 0))
    assert KIND.find(stored(obj), SETTINGS).weights == (1, 1, 0)
    assert written_at(0, obj) == [2, 0, 0]
    assert written_at(5, obj) == [95, 5, 0]


def test_a_third_service_keeps_its_share_whether_its_weight_is_written_or_not() -> None:
    assert written_at(0, weighted(to("checkout-v1", 5), to("checkout-v2", 4), to("other"))) == [9, 0, None]


def test_the_version_is_told_by_kind_namespace_and_port() -> None:
    place = KIND.find(stored(rich(90, 10)), NAMED)
    assert (place.stable, place.canary, place.percent) == (2, 3, 10)


@pytest.mark.parametrize("port", [8080, "8080"])
def test_a_port_is_the_same_written_as_a_number_or_as_text(port: int | str) -> None:
    obj = stored(weighted(to("checkout-v1", 100), {"name": "checkout-v2", "port": port, "weight": 0}))
    assert KIND.find(obj, NAMED).canary == 1


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(SETTINGS, rich(100, 0), "2 backends of TraefikService checkout", id="two ports"),
        pytest.param(SETTINGS, weighted(to("checkout-v1")), "lacks the plan's canary", id="no canary"),
        pytest.param(
            SETTINGS,
            weighted(to("checkout-v1"), to("checkout-v2", kind="TraefikService")),
            "lacks the plan's canary",
            id="another kind",
        ),
        pytest.param(
            SETTINGS,
            weighted(to("checkout-v1"), to("checkout-v2", namespace="other")),
            "lacks the plan's canary",
            id="another namespace",
        ),
        pytest.param(SETTINGS, plain(0, 0), "every request fails", id="no weight"),
        pytest.param(
            SETTINGS,
            weighted() | {"spec": {"mirroring": {"name": "checkout-v1"}}},
            "has no weighted services, but mirroring",
            id="a mirror",
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


def test_a_third_service_is_told() -> None:
    obj = stored(weighted(to("checkout-v1", 80), to("checkout-v2", 0), to("old", 20, namespace="other")))
    (found,) = KIND.elsewhere(obj, plan_for("shop", SETTINGS), KIND.find(obj, SETTINGS))
    assert (found.words, found.third) == ("checkout sends to other/old 20%", True)


def test_the_preflight_says_that_no_version_may_be_without_pods_and_warns_of_a_cookie() -> None:
    (keep,) = KIND.check_served(stored(plain(100, 0)), "shop/checkout")
    assert (keep.ok, keep.warning) == (True, False)
    assert "it answers 404 to every request where one has none, also at a weight of 0" in keep.words
    _, pinned = KIND.check_served(stored(rich(100, 0)), "shop/checkout")
    assert (pinned.ok, pinned.warning) == (True, True)
    assert "only a weight of 0 frees those of the canary" in pinned.words


def test_who_changed_the_cookie_alone_did_not_write_the_weights() -> None:
    def owns(part: Json) -> bool:
        return KIND.owns_weights({"f:spec": {"f:weighted": part}})

    assert owns({".": {}, "f:services": {}})
    assert not owns({})
    assert not owns({"f:sticky": {}})
    assert not KIND.owns_weights({"f:metadata": {}})


def test_it_has_no_routes_that_a_person_could_name() -> None:
    obj = stored(plain(90, 10))
    stable = Backend(service="checkout-v1")
    assert KIND.sends(obj) == "service:checkout-v1 90%, service:checkout-v2 10%"
    assert [*KIND.fitting(obj, Named(stable=stable), namespace="shop", name="checkout")] == [NAMED]
    assert not [*KIND.fitting(obj, Named(stable=stable, http_route="1"), namespace="shop", name="checkout")]


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_object_and_both_services() -> None:
    section = "{traefik_service: checkout, stable: {service: checkout-v1}, "
    plan = parse_plan(
        routed_by("traefik", section + "canary: {service: checkout-v2, port: 8080}}"), origin="p"
    )
    assert plan.driven == NAMED
    assert plan.lock == "pithead-traefik-checkout"
    assert "TraefikService checkout: Service checkout-v1 and Service checkout-v2:8080" in describe(plan)


def test_a_plan_that_is_wrong_is_told_so() -> None:
    section = "{traefik_service: c, stable: {service: a}, canary: {service: a}}"
    with pytest.raises(PlanError, match="are the same backend"):
        parse_plan(routed_by("traefik", section), origin="p")
