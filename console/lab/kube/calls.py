"""What a request asks for, read from its method and path as Kubernetes reads them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from console.lab.kube import resources
from console.lab.kube.resource import Resource

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Call(Struct, frozen=True, kw_only=True):
    """One verb on one resource."""

    verb: str
    resource: Resource
    version: str
    namespace: str = ""
    """Empty: all namespaces, or a resource that has none."""
    name: str = ""
    subresource: str = ""


def read(method: str, path: str, query: Mapping[str, str]) -> Call | None:
    """Read a request for objects; None where the path names none that is served."""
    place = _place(path.strip("/").split("/"))
    if place is None:
        return None
    group, version, rest = place
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:  # noqa: PLR2004 - namespaces, its name, and a resource
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *more = [*rest, "", "", ""][: max(3, len(rest))]
    resource = resources.find(group=group, version=version, plural=plural)
    if resource is None or more or (subresource and not (subresource == "status" and resource.has_status)):
        return None
    return Call(
        verb=_verb(method, name=name, query=query),
        resource=resource,
        version=version,
        namespace=namespace,
        name=name,
        subresource=subresource,
    )


def _place(parts: list[str]) -> tuple[str, str, list[str]] | None:
    match parts:
        case ["api", version, *rest]:
            return "", version, rest
        case ["apis", group, version, *rest]:
            return group, version, rest
    return None


def _verb(method: str, *, name: str, query: Mapping[str, str]) -> str:
    if method == "GET" and query.get("watch", "").lower() in ("1", "true"):
        return "watch"
    if method == "GET" and not name:
        return "list"
    return VERBS.get(method, method.lower())
