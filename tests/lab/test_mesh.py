from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.lab.ground_truth import TruthLog, read_truth
from console.lab.kube.store import ObjectStore
from console.lab.mesh import Mesh, route_config, virtual_service, weights_of
from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES

if TYPE_CHECKING:
    from pathlib import Path


def route(v1: Any, v2: Any) -> list[dict[str, Any]]:
    return [
        {"destination": {"host": "checkout", "subset": "v1"}, "weight": v1},
        {"destination": {"host": "checkout", "subset": "v2"}, "weight": v2},
    ]


def service(*http: Any) -> dict[str, Any]:
    return {"spec": {"hosts": ["checkout"], "http": list(http)}}


def split(at: Path) -> dict[str, int]:
    """The weights in a route file, by Envoy's cluster."""
    (resource,) = json.loads(at.read_text())["resources"]
    clusters = resource["virtual_hosts"][0]["routes"][0]["route"]["weighted_clusters"]["clusters"]
    return {each["name"]: each["weight"] for each in clusters}


def test_the_lab_starts_with_all_requests_to_stable() -> None:
    assert weights_of(virtual_service()) == {"v1": 100, "v2": 0}


@pytest.mark.parametrize(
    ("destination", "version"),
    [
        ({"host": "checkout", "subset": "v2"}, "v2"),
        ({"host": "checkout.shop.svc.cluster.local", "subset": "v2"}, "v2"),
        ({"host": "checkout-v2"}, "v2"),
    ],
)
def test_a_destination_is_known_by_subset_or_by_host(destination: dict[str, str], version: str) -> None:
    assert weights_of(service({"route": [{"destination": destination}]})) == {version: 100}


def test_routes_with_a_match_are_passed_over() -> None:
    matched = {"match": [{"headers": {"x-canary": {"exact": "v2"}}}], "route": route(0, 100)}
    assert weights_of(service(matched, {"route": route(90, 10)})) == {"v1": 90, "v2": 10}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"spec": None},
        {"spec": {"http": None}},
        service(),
        service({"redirect": {"uri": "/"}}),
        service({"route": route(0, 0)}),
        service({"route": route("50", 50)}),
        service({"route": route(-1, 101)}),
        service({"route": [None]}),
        service({"route": [{"destination": {"host": "elsewhere"}}]}),
        service("nonsense"),
    ],
)
def test_what_no_mesh_could_obey_has_no_weights(broken: dict[str, Any]) -> None:
    assert weights_of(broken) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["spec", "http", "route", "destination", "host", "weight", "match"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_object_can_crash_the_mesh(http: Any) -> None:
    weights = weights_of({"spec": {"http": [{"route": http}, http]}})
    assert all(weight >= 0 for weight in weights.values())


def test_the_route_file_names_the_object_s_version() -> None:
    assert route_config({"v1": 100}, version="1022")["version_info"] == "1022"


def test_a_write_is_in_the_route_file_when_it_returns(tmp_path: Path) -> None:
    store, mesh, truth = lab(tmp_path)
    store.patch(
        VIRTUAL_SERVICES, {"spec": {"http": [{"route": route(95, 5)}]}}, namespace="shop", name="checkout"
    )
    assert split(mesh.routes_file) == {"checkout_v1": 95, "checkout_v2": 5}
    assert mesh.canary_is_live.is_set()
    truth.close()


def test_weights_that_nobody_can_obey_leave_the_old_ones_in_force(tmp_path: Path) -> None:
    store, mesh, truth = lab(tmp_path)
    store.patch(
        VIRTUAL_SERVICES, {"spec": {"http": [{"route": route(0, 0)}]}}, namespace="shop", name="checkout"
    )
    assert split(mesh.routes_file) == {"checkout_v1": 100, "checkout_v2": 0}
    truth.close()


def test_each_change_of_weight_is_in_the_truth_log_once(tmp_path: Path) -> None:
    store, _, truth = lab(tmp_path)
    for patch in (
        {"spec": {"http": [{"route": route(95, 5)}]}},
        {"metadata": {"annotations": {"note": "nothing of the mesh's"}}},
        {"spec": {"http": [{"route": route(100, 0)}]}},
    ):
        store.patch(VIRTUAL_SERVICES, patch, namespace="shop", name="checkout")
    assert [line.weight for line in read_truth(tmp_path / "truth.jsonl")] == [0, 5, 0]
    truth.close()


def lab(folder: Path) -> tuple[ObjectStore, Mesh, TruthLog]:
    store, truth = ObjectStore(), TruthLog(folder / "truth.jsonl")
    store.create(VIRTUAL_SERVICES, virtual_service())
    mesh = Mesh(folder=folder / "routes", truth=truth)
    mesh.follow(store)
    return store, mesh, truth
