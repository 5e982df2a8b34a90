from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.lab.kube.refusals import Refusal
from console.lab.kube.resources import DEPLOYMENTS, EVENTS, PODS
from console.lab.kube.store import ObjectStore
from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES

Json = dict[str, Any]
NAMED: Json = {"namespace": "shop", "name": "checkout"}


@pytest.fixture
def store() -> ObjectStore:
    made = ObjectStore(now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    made.create(
        VIRTUAL_SERVICES, {"metadata": dict(NAMED), "spec": {"hosts": ["a"], "http": [1]}}, manager="maker"
    )
    return made


def get(store: ObjectStore) -> Json:
    return store.get(VIRTUAL_SERVICES, **NAMED)


def refusal_of(work: Any, *args: Any, **kwargs: Any) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        work(*args, **kwargs)
    return caught.value.status, caught.value.reason


def test_a_new_object_gets_what_the_server_owns(store: ObjectStore) -> None:
    metadata = get(store)["metadata"]
    assert metadata["generation"] == 1
    assert metadata["resourceVersion"] == str(store.version)
    assert metadata["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert len(metadata["uid"]) == 36


def test_a_change_of_spec_counts_a_generation_and_a_label_does_not(store: ObjectStore) -> None:
    store.patch(VIRTUAL_SERVICES, {"metadata": {"labels": {"a": "b"}}}, **NAMED)
    assert get(store)["metadata"]["generation"] == 1
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [2]}}, **NAMED)
    assert get(store)["metadata"]["generation"] == 2


def test_a_write_that_changes_nothing_is_no_write(store: ObjectStore) -> None:
    heard: list[str] = []
    store.subscribe(lambda kind, _: heard.append(kind))
    before = get(store)
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [1]}}, **NAMED, manager="other")
    assert get(store) == before
    assert heard == []


def test_what_a_caller_does_to_a_copy_changes_nothing(store: ObjectStore) -> None:
    get(store)["spec"]["http"].append(2)
    store.subscribe(lambda _, obj: obj["spec"].clear())
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [3]}}, **NAMED)["spec"].clear()
    assert get(store)["spec"]["http"] == [3]


def test_listeners_hear_within_the_write(store: ObjectStore) -> None:
    heard: list[tuple[str, Any]] = []
    store.subscribe(lambda kind, obj: heard.append((kind, obj["spec"]["http"])))
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [2]}}, **NAMED)
    assert heard == [("MODIFIED", [2])]
    store.delete(VIRTUAL_SERVICES, **NAMED)
    assert heard[1] == ("DELETED", [2])


def test_a_field_belongs_to_who_changed_it_last(store: ObjectStore) -> None:
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [2]}}, **NAMED, manager="writer")
    owned = {entry["manager"]: entry["fieldsV1"] for entry in get(store)["metadata"]["managedFields"]}
    assert owned == {"maker": {"f:spec": {"f:hosts": {}}}, "writer": {"f:spec": {"f:http": {}}}}


def test_a_field_is_told_as_deep_as_mappings_go_and_none_that_is_gone_has_an_owner(
    store: ObjectStore,
) -> None:
    annotated = {
        "metadata": {"annotations": {"a/b": "1"}},
        "spec": {"tls": {"mode": {"name": "x"}, "on": True}},
    }
    store.patch(VIRTUAL_SERVICES, annotated, **NAMED, manager="writer")
    less = {"metadata": {"annotations": None}, "spec": {"tls": {"mode": {"name": "y"}, "on": None}}}
    store.patch(VIRTUAL_SERVICES, less, **NAMED, manager="other")
    owned = {entry["manager"]: entry["fieldsV1"] for entry in get(store)["metadata"]["managedFields"]}
    assert owned == {
        "maker": {"f:spec": {"f:hosts": {}, "f:http": {}}},
        "other": {"f:spec": {"f:tls": {"f:mode": {"f:name": {}}}}},
    }


def test_who_has_lost_every_field_is_forgotten(store: ObjectStore) -> None:
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [2], "hosts": ["b"]}}, **NAMED, manager="writer")
    assert [entry["manager"] for entry in get(store)["metadata"]["managedFields"]] == ["writer"]


def test_status_is_written_only_as_status(store: ObjectStore) -> None:
    store.patch(VIRTUAL_SERVICES, {"status": {"x": 1}}, **NAMED)
    assert "status" not in get(store)
    store.patch(VIRTUAL_SERVICES, {"status": {"x": 1}, "spec": {"http": [9]}}, **NAMED, subresource="status")
    assert (get(store)["status"], get(store)["spec"]["http"]) == ({"x": 1}, [1])
    assert get(store)["metadata"]["generation"] == 1


def test_a_stale_version_is_a_conflict(store: ObjectStore) -> None:
    stale = get(store)
    store.patch(VIRTUAL_SERVICES, {"spec": {"http": [2]}}, **NAMED)
    assert refusal_of(store.replace, VIRTUAL_SERVICES, stale) == (409, "Conflict")
    version = {"metadata": {"resourceVersion": stale["metadata"]["resourceVersion"]}}
    assert refusal_of(store.patch, VIRTUAL_SERVICES, version, **NAMED) == (409, "Conflict")
    assert refusal_of(store.delete, VIRTUAL_SERVICES, **NAMED, only=version["metadata"]) == (409, "Conflict")


def test_a_replacement_takes_all_but_what_the_server_owns(store: ObjectStore) -> None:
    before = get(store)["metadata"]
    store.replace(VIRTUAL_SERVICES, {"metadata": {**NAMED, "labels": {"a": "b"}}, "spec": {"http": [5]}})
    after = get(store)
    assert after["spec"] == {"http": [5]}
    assert after["metadata"]["labels"] == {"a": "b"}
    assert (after["metadata"]["uid"], after["kind"]) == (before["uid"], "VirtualService")


def test_names_are_taken_and_missed_in_kubernetes_words(store: ObjectStore) -> None:
    assert refusal_of(store.create, VIRTUAL_SERVICES, {"metadata": dict(NAMED)}) == (409, "AlreadyExists")
    assert refusal_of(store.get, DEPLOYMENTS, **NAMED) == (404, "NotFound")
    assert refusal_of(store.create, PODS, {"metadata": {}}) == (422, "Invalid")
    rename = {"metadata": {"name": "other"}}
    assert refusal_of(store.patch, VIRTUAL_SERVICES, rename, **NAMED) == (400, "BadRequest")


def test_a_name_is_made_where_only_its_beginning_is_given(store: ObjectStore) -> None:
    made = [store.create(EVENTS, {"metadata": {"namespace": "shop", "generateName": "e-"}}) for _ in range(2)]
    names = {obj["metadata"]["name"] for obj in made}
    assert len(names) == 2
    assert all(name.startswith("e-") for name in names)


def test_objects_are_listed_by_namespace_and_kind(store: ObjectStore) -> None:
    store.create(VIRTUAL_SERVICES, {"metadata": {"namespace": "a", "name": "z"}})
    store.create(PODS, {"metadata": {"namespace": "shop", "name": "p"}})
    assert [obj["metadata"]["name"] for obj in store.list(VIRTUAL_SERVICES)] == ["z", "checkout"]
    assert [obj["metadata"]["name"] for obj in store.list(VIRTUAL_SERVICES, namespace="shop")] == ["checkout"]
