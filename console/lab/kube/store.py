"""The lab's objects: what etcd and the storage half of an API server are to a cluster.

In-process users (the lab's mesh, its pods) call it directly and hear of every write through `subscribe`;
clients come through `server.KubeApi`. Everything in and out is a copy: what a caller does to it changes
nothing here. Refusals are `refusals.Refusal`, with the real server's words.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from console.lab.kube import refusals
from console.lab.kube.ownership import record
from console.lab.kube.patches import json_patch, merge_patch
from console.lab.kube.resource import Resource

Json = dict[str, Any]
Jsons = list[Json]

SERVER_OWNED = ("uid", "creationTimestamp", "generation", "managedFields", "resourceVersion")


class ObjectStore:
    """Objects by resource, namespace and name, with one resourceVersion counter for all of them."""

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._objects: dict[tuple[str, str, str, str], Json] = {}
        self.version = 1000
        """The newest resourceVersion."""
        self._listeners: list[Callable[[str, Json], None]] = []

    def subscribe(self, listener: Callable[[str, Json], None]) -> None:
        """Call `listener(type, object)` within every write from now on.

        The type is ADDED, MODIFIED or DELETED. A write that changes nothing is not told.
        """
        self._listeners.append(listener)

    def get(self, resource: Resource, *, namespace: str, name: str) -> Json:
        """Read one object."""
        return deepcopy(self._stored(resource, namespace=namespace, name=name))

    def list(self, resource: Resource, *, namespace: str | None = None) -> Jsons:
        """Read all objects of a kind, of one namespace or of all, by namespace and name."""
        wanted = (resource.group, resource.plural)
        found = sorted((key, obj) for key, obj in self._objects.items() if key[:2] == wanted)
        return [deepcopy(obj) for key, obj in found if namespace in (None, key[2])]

    def create(self, resource: Resource, obj: Json, *, manager: str = "lab") -> Json:
        """Store a new object; its metadata must hold a name (or generateName) and a namespace."""
        new = {
            "apiVersion": resource.api_version(resource.versions[0]),
            "kind": resource.kind,
            **deepcopy(obj),
        }
        metadata = new.setdefault("metadata", {})
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        name = metadata.get("name", "")
        if not name:
            raise refusals.invalid(
                f'{resource.kind} "" is invalid: metadata.name: Required value: name is required'
            )
        if self._key(resource, metadata.get("namespace", ""), name) in self._objects:
            raise refusals.already_exists(resource, name)
        for field in SERVER_OWNED:
            metadata.pop(field, None)
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": self._time(), "generation": 1}
        return self._write(resource, "ADDED", before=None, after=new, manager=manager)

    def replace(self, resource: Resource, obj: Json, *, subresource: str = "", manager: str = "lab") -> Json:
        """Put `obj` in the place of the object of its name; conditional where it holds a resourceVersion."""
        metadata = obj.get("metadata", {})
        before = self._stored(
            resource, namespace=metadata.get("namespace", ""), name=metadata.get("name", "")
        )
        return self._update(resource, before, obj, subresource=subresource, manager=manager)

    def patch(
        self,
        resource: Resource,
        patch: Json | Jsons,
        *,
        namespace: str,
        name: str,
        subresource: str = "",
        manager: str = "lab",
    ) -> Json:
        """Change an object: a dict is a merge patch, a list a JSON patch.

        Conditional where the patch says a resourceVersion.
        """
        before = self._stored(resource, namespace=namespace, name=name)
        after = json_patch(before, patch) if isinstance(patch, list) else merge_patch(before, patch)
        if not isinstance(after, dict) or after.get("metadata", {}).get("name") != name:
            raise refusals.bad_request("the patch changes the object's name or what it is")
        return self._update(resource, before, after, subresource=subresource, manager=manager)

    def delete(self, resource: Resource, *, namespace: str, name: str, only: Json | None = None) -> Json:
        """Remove an object at once and return its last state.

        `only` holds a uid or a resourceVersion to insist on.
        """
        before = self._stored(resource, namespace=namespace, name=name)
        if any(before["metadata"].get(field) != value for field, value in (only or {}).items()):
            raise refusals.conflict(resource, name)
        return self._write(resource, "DELETED", before=before, after=deepcopy(before))

    def _time(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _key(self, resource: Resource, namespace: str, name: str) -> tuple[str, str, str, str]:
        return (resource.group, resource.plural, namespace, name)

    def _stored(self, resource: Resource, *, namespace: str, name: str) -> Json:
        try:
            return self._objects[self._key(resource, namespace, name)]
        except KeyError:
            raise refusals.not_found(resource, name) from None

    def _update(
        self, resource: Resource, before: Json, wanted: Json, *, subresource: str, manager: str
    ) -> Json:
        held, asked = before["metadata"], wanted.get("metadata", {})
        for field in ("resourceVersion", "uid"):
            if asked.get(field) and asked[field] != held[field]:
                raise refusals.conflict(resource, held["name"])
        after = _within(resource, before, deepcopy(wanted), subresource=subresource)
        after["metadata"] |= {field: held[field] for field in SERVER_OWNED if field in held}
        if after == before:
            return deepcopy(before)
        if _asks_for_more(before, after):
            after["metadata"]["generation"] = held["generation"] + 1
        return self._write(
            resource, "MODIFIED", before=before, after=after, manager=manager, subresource=subresource
        )

    def _write(
        self,
        resource: Resource,
        kind: str,
        *,
        before: Json | None,
        after: Json,
        manager: str = "",
        subresource: str = "",
    ) -> Json:
        metadata = after["metadata"]
        if kind != "DELETED":
            metadata["managedFields"] = record(
                before, after, manager=manager, time=self._time(), subresource=subresource
            )
        self.version += 1
        metadata["resourceVersion"] = str(self.version)
        key = self._key(resource, metadata.get("namespace", ""), metadata["name"])
        if kind == "DELETED":
            del self._objects[key]
        else:
            self._objects[key] = after
        for listener in self._listeners:
            listener(kind, deepcopy(after))
        return deepcopy(after)


def _within(resource: Resource, before: Json, wanted: Json, *, subresource: str) -> Json:
    """Keep a write within its half of the object: status, or all but status."""
    wanted |= {"apiVersion": before["apiVersion"], "kind": before["kind"]}
    if subresource == "status":
        return {**deepcopy(before), "status": wanted.get("status", {})}
    if resource.has_status:
        wanted.pop("status", None)
        if "status" in before:
            wanted["status"] = deepcopy(before["status"])
    return wanted


def _asks_for_more(before: Json, after: Json) -> bool:
    """Tell whether what is wanted has changed: what generation counts."""
    names = (before.keys() | after.keys()) - {"metadata", "status", "apiVersion"}
    return any(before.get(name) != after.get(name) for name in names)
