"""Each verb's answer: what the API makes of a call once it has been let in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from console.lab.kube import refusals, resources
from console.lab.kube.selectors import matcher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.lab.kube.access import Access
    from console.lab.kube.calls import Call
    from console.lab.kube.store import ObjectStore

Json = dict[str, Any]

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
DEFAULT_MANAGER = "unknown"


class Answers:
    """Turns calls into reads and writes of the store."""

    def __init__(self, store: ObjectStore, access: Access) -> None:
        self._store = store
        self._access = access

    def to(self, call: Call, *, body: bytes, media_type: str, query: Mapping[str, str]) -> tuple[int, Json]:
        """Do what is asked; returns the status code and the answer's body."""
        if query.get("dryRun"):
            raise refusals.bad_request("nothing is tried here without being done: leave dryRun out")
        match call.verb:
            case "get":
                return 200, self._get(call)
            case "list":
                return 200, self._list(call, query)
            case "create" if not call.name:
                return self._create(call, _decoded(body), query)
            case "update" if call.name:
                return 200, self._replace(call, _decoded(body), query)
            case "patch" if call.name:
                return 200, self._patch(call, body, media_type, query)
            case "delete" if call.name:
                return 200, self._delete(call, body)
        raise refusals.method_not_allowed()

    def _get(self, call: Call) -> Json:
        return served(call, self._store.get(call.resource, namespace=call.namespace, name=call.name))

    def _list(self, call: Call, query: Mapping[str, str]) -> Json:
        matches = matcher(labels=query.get("labelSelector", ""), fields=query.get("fieldSelector", ""))
        found = self._store.list(call.resource, namespace=call.namespace or None)
        return {
            "kind": f"{call.resource.kind}List",
            "apiVersion": call.resource.api_version(call.version),
            "metadata": {"resourceVersion": str(self._store.version)},
            "items": [served(call, obj) for obj in found if matches(obj)],
        }

    def _create(self, call: Call, body: Json, query: Mapping[str, str]) -> tuple[int, Json]:
        if call.resource is resources.ACCESS_REVIEWS:
            return 201, self._access.review(body)
        if call.resource is resources.SELF_REVIEWS:
            return 201, self._access.introduce(body)
        new = {**_named(call, body), "apiVersion": call.resource.api_version(call.resource.versions[0])}
        if call.resource.has_status:
            new.pop("status", None)
        return 201, served(call, self._store.create(call.resource, new, manager=_manager(query)))

    def _replace(self, call: Call, body: Json, query: Mapping[str, str]) -> Json:
        new = _named(call, body)
        if call.resource.custom and not new["metadata"].get("resourceVersion"):
            message = (
                f'{call.resource.full_name} "{call.name}" is invalid: metadata.resourceVersion: '
                "Invalid value: 0x0: must be specified for an update"
            )
            raise refusals.invalid(message)
        stored = self._store.replace(
            call.resource, new, subresource=call.subresource, manager=_manager(query)
        )
        return served(call, stored)

    def _patch(self, call: Call, body: bytes, media_type: str, query: Mapping[str, str]) -> Json:
        if media_type not in (MERGE_PATCH, JSON_PATCH):
            raise refusals.unsupported_media_type(JSON_PATCH, MERGE_PATCH)
        patch = _json(body)
        if isinstance(patch, list) is not (media_type == JSON_PATCH):
            raise refusals.bad_request(f"error decoding patch: the body is not a {media_type}")
        stored = self._store.patch(
            call.resource,
            patch,
            namespace=call.namespace,
            name=call.name,
            subresource=call.subresource,
            manager=_manager(query),
        )
        return served(call, stored)

    def _delete(self, call: Call, body: bytes) -> Json:
        only = _decoded(body).get("preconditions") if body else None
        last = self._store.delete(call.resource, namespace=call.namespace, name=call.name, only=only)
        details = {"name": call.name, "group": call.resource.group, "kind": call.resource.plural}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        return status | {"details": details | {"uid": last["metadata"]["uid"]}}


def served(call: Call, obj: Json) -> Json:
    """Show an object in the version that was asked for."""
    return {**obj, "apiVersion": call.resource.api_version(call.version)}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise refusals.bad_request(f"the body can't be decoded: {error}") from error


def _decoded(body: bytes) -> Json:
    decoded = _json(body)
    if not isinstance(decoded, dict):
        raise refusals.bad_request("the body is not an object")
    return decoded


def _named(call: Call, body: Json) -> Json:
    """Put the path's namespace and name into the body, or refuse where they differ."""
    metadata = dict(body.get("metadata") or {})
    for field, asked in (("namespace", call.namespace), ("name", call.name)):
        if asked and metadata.setdefault(field, asked) != asked:
            raise refusals.bad_request(f"the {field} of the object does not match the {field} on the URL")
    return {**body, "metadata": metadata}


def _manager(query: Mapping[str, str]) -> str:
    return query.get("fieldManager") or DEFAULT_MANAGER
