from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import ClusterError
from console.lab.kube.patches import json_patch
from console.plan.routers.istio import Destination, Settings
from console.traffic.hosts import same_host
from console.traffic.object_kind import wanted_by
from console.traffic.registry import object_of
from console.traffic.routers.istio.virtual_service import Destinations, find_route, patch_for
from tests.traffic.ground import BY_SUBSET, CANARY, STABLE, virtual_service

Json = dict[str, Any]


def stored(*destinations: Json, **spec: Any) -> Json:
    obj = virtual_service(*destinations, **spec)
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7"}
    return obj


def placed(*weights: int) -> Destinations:
    others = [{"destination": {"host": f"other-{n}"}, "weight": w} for n, w in enumerate(weights[2:])]
    return find_route(
        stored(STABLE | {"weight": weights[0]}, CANARY | {"weight": weights[1]}, *others), BY_SUBSET
    )


def refusal(obj: Json, router: Settings = BY_SUBSET) -> tuple[str, str]:
    with pytest.raises(ClusterError) as caught:
        find_route(obj, router)
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize(
    ("weights", "percent"),
    [((95, 5), 5), ((19, 1), 5), ((0, 1), 100), ((1, 0), 0), ((50, 25, 25), 25)],
)
def test_the_canarys_share_is_of_all_weights(weights: tuple[int, ...], percent: int) -> None:
    assert placed(*weights).percent == percent


@pytest.mark.parametrize(("weights", "percent"), [((999, 1), 1), ((1, 999), 99), ((2, 1), 33)])
def test_a_share_that_is_not_whole_is_never_called_nothing_or_all(
    weights: tuple[int, ...], percent: int
) -> None:
    place = placed(*weights)
    assert place.percent == percent != place.exact_percent


def test_a_canary_that_is_missing_is_refused_with_the_lines_to_add() -> None:
    words, hint = refusal(stored({"destination": {"host": "checkout", "subset": "v1"}}))
    assert words == 'route number 1 (unnamed) of checkout lacks the plan\'s canary: subset "v2".'
    assert hint == (
        "Add to spec.http[0].route (and give the other one weight: 100):\n"
        "- destination: {host: checkout, subset: v2}\n"
        "  weight: 0"
    )


def test_a_missing_stable_is_told_before_a_missing_canary() -> None:
    words, hint = refusal(
        stored({"destination": {"host": "x"}, "weight": 50}, {"destination": {"host": "y"}})
    )
    assert "the plan's stable" in words
    assert "weight: 100" in hint


def test_several_routes_want_a_name() -> None:
    words, hint = refusal(stored(http=[{"name": "a", "route": [STABLE]}, {"route": [CANARY]}]))
    assert words == "checkout has 2 HTTP routes, and the plan names none."
    assert hint.endswith('It has: route "a", route number 2 (unnamed).')


def test_a_name_that_no_route_has_is_refused() -> None:
    router = Settings(
        virtual_service="checkout", route="main", stable=BY_SUBSET.stable, canary=BY_SUBSET.canary
    )
    assert refusal(stored(), router)[0] == 'checkout has no HTTP routes named "main".'


@pytest.mark.parametrize("spec", [{"http": []}, {"http": None}, {"http": [{"redirect": {"uri": "/"}}]}])
def test_a_route_without_destinations_is_refused(spec: Json) -> None:
    refusal(stored(**spec))


def test_two_destinations_that_fit_are_refused() -> None:
    words, _ = refusal(stored(STABLE, STABLE, CANARY))
    assert words.startswith("2 destinations of route number 1")


def test_one_destination_for_both_is_refused() -> None:
    router = Settings(
        virtual_service="checkout",
        route=None,
        stable=Destination(host="checkout"),
        canary=Destination(subset="v1"),
    )
    assert "same destination" in refusal(stored(STABLE), router)[0]


def test_no_weight_at_all_is_refused() -> None:
    assert "has a weight" in refusal(stored(STABLE | {"weight": 0}, CANARY))[0]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("checkout", "checkout.shop.svc.cluster.local", True),
        ("checkout", "checkout.shop.svc.my.domain", True),
        ("Checkout.", "checkout", True),
        ("checkout", "checkout.other", False),
        ("checkout", "checkout-canary", False),
        ("api.example.com", "api.example.org", False),
        ("api.example.com", "api.example.com", True),
    ],
)
def test_hosts_are_compared_as_services(left: str, right: str, same: bool) -> None:  # noqa: FBT001 - a table's column
    assert same_host(left, right, namespace="shop") is same


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FOREIGN = st.fixed_dictionaries(
    {"destination": st.fixed_dictionaries({"host": st.sampled_from(["a", "b.c", "d"])})},
    optional={"weight": st.integers(0, 100), "headers": JSON_VALUES},
)


@given(
    foreign=st.lists(FOREIGN, max_size=3),
    order=st.randoms(),
    extra=st.dictionaries(st.sampled_from(["a/b", "~", "timeout", "retries"]), JSON_VALUES, max_size=3),
    weight=st.integers(0, 100),
)
def test_the_patch_changes_two_weights_and_nothing_else(
    foreign: list[Json], order: Any, extra: Json, weight: int
) -> None:
    targets = [dict(STABLE), dict(CANARY), *foreign]
    order.shuffle(targets)
    obj = stored(http=[{"route": targets, **extra}])
    place = find_route(obj, BY_SUBSET)
    patched = json_patch(obj, patch_for(place, weight=weight))
    expected = [
        target | {"weight": {"v1": 100 - weight, "v2": weight}[target["destination"]["subset"]]}
        if "subset" in target["destination"]
        else target
        for target in targets
    ]
    assert patched == stored(http=[{"route": expected, **extra}])


def test_the_last_to_own_the_routes_is_named() -> None:
    entries = [
        {"manager": "old", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:http": {}}}},
        {"manager": "new", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:http": {}}}},
        {"manager": "labels", "time": "2026-01-03T00:00:00Z", "fieldsV1": {"f:metadata": {}}},
    ]
    assert object_of("istio").changed_by({"metadata": {"managedFields": entries}}) == "new"


def test_who_changed_another_part_last_is_named_and_in_one_second_a_pithead() -> None:
    def owns(manager: str, time: str, part: str) -> Json:
        return {"manager": manager, "time": f"2026-01-01T00:00:{time}Z", "fieldsV1": {"f:spec": {part: {}}}}

    entries = [owns("pithead", "01", "f:http"), owns("kubectl-edit", "02", "f:hosts")]
    assert wanted_by({"metadata": {"managedFields": entries}}) == "kubectl-edit"
    at_once = [owns("pithead", "02", "f:http"), owns("kubectl-edit", "02", "f:hosts")]
    assert wanted_by({"metadata": {"managedFields": at_once}}) == "pithead"


def test_an_object_without_a_history_names_nobody() -> None:
    assert object_of("istio").changed_by({"metadata": {}}) == ""
