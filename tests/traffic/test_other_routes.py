from __future__ import annotations

from typing import Any

import pytest

from console.elsewhere import Elsewhere, in_words
from console.traffic.routers.istio.other_routes import elsewhere
from console.traffic.routers.istio.virtual_service import find_route
from tests.traffic.ground import BY_SUBSET, CANARY, STABLE, plan_for, virtual_service

Json = dict[str, Any]
THIRD: Json = {"destination": {"host": "checkout", "subset": "v3"}, "weight": 25}
MAIN: Json = {"name": "main", "route": [STABLE, CANARY]}
PLAN = plan_for("shop")


def found(*destinations: Json, router: Any = BY_SUBSET, **spec: Any) -> tuple[Elsewhere, ...]:
    obj = virtual_service(*destinations, **spec)
    obj["metadata"]["namespace"] = "shop"
    return elsewhere(obj, PLAN, find_route(obj, router))


def test_a_route_of_two_destinations_has_nothing_elsewhere() -> None:
    assert found() == ()


def test_a_third_destination_of_the_release_s_own_route_is_named_with_its_share() -> None:
    (third,) = found(STABLE | {"weight": 75}, CANARY, THIRD)
    assert (third.words, third.third) == ("route number 1 (unnamed) sends to checkout/v3 25%", True)


def test_a_third_destination_without_a_weight_gets_nothing() -> None:
    assert found(STABLE, CANARY, THIRD | {"weight": 0}) == ()


@pytest.mark.parametrize("protocol", ["tls", "tcp"])
def test_routes_of_other_protocols_are_named(protocol: str) -> None:
    route = {"route": [STABLE | {"weight": 70}, CANARY | {"weight": 30}]}
    (other,) = found(**{protocol: [route]})
    assert other.words == f"{protocol} route number 1 (unnamed) sends to v1 70% and v2 30%"
    assert (other.stable, other.canary, other.third) == (True, True, False)


@pytest.mark.parametrize(
    ("destination", "words", "canary"),
    [
        ({"host": "checkout", "subset": "v2"}, "v2", True),
        ({"host": "checkout.shop.svc.cluster.local", "subset": "v2"}, "v2", True),
        ({"host": "payments", "subset": "v2"}, "payments/v2", False),
        ({"host": "assets"}, "assets", False),
    ],
)
def test_a_destination_is_ours_by_host_and_subset(destination: Json, words: str, *, canary: bool) -> None:
    named = type(BY_SUBSET)(
        virtual_service="checkout", route="main", stable=BY_SUBSET.stable, canary=BY_SUBSET.canary
    )
    beta = {"name": "beta", "match": [{"uri": {"prefix": "/x"}}], "route": [{"destination": destination}]}
    (other,) = found(http=[beta, MAIN], router=named)
    assert (other.words, other.canary, other.third) == (f'route "beta" sends to {words}', canary, not canary)


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    many = tuple(Elsewhere(where=f"route {n}", to="v1") for n in range(5))
    assert in_words(many) == "route 0 sends to v1, route 1 sends to v1, route 2 sends to v1, and 2 more"
