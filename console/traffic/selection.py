"""Which pods a Service, or a subset of a DestinationRule, selects. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from console.traffic.virtual_service import same_host

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

LEFT_OUT = frozenset({"pod-template-hash", "controller-revision-hash"})
"""Labels that Kubernetes adds and nobody selects by."""
SERVICE_LABELS, QUALIFIED = 1, 2


class Subset(Struct, frozen=True, kw_only=True):
    """One subset, and the rule that has it."""

    rule: str
    labels: dict[str, str]


def service_of(host: str, *, namespace: str) -> str | None:
    """Name the Service that a host of the route means; None where it is none of this namespace."""
    labels = host.rstrip(".").lower().split(".")
    if len(labels) == SERVICE_LABELS:
        return labels[0] or None
    inside = labels[1] == namespace and (len(labels) == QUALIFIED or labels[2] == "svc")
    return labels[0] if inside else None


def subsets_of(rules: Iterable[Json], *, host: str, namespace: str) -> dict[str, Subset]:
    """Give the subsets of a Service by name: Istio merges the rules that a namespace has for one host."""
    found: dict[str, Subset] = {}
    for rule in rules:
        spec = rule.get("spec") or {}
        if not _is_for(str(spec.get("host", "")), host, namespace=namespace):
            continue
        for subset in spec.get("subsets") or ():
            labels = dict(subset.get("labels") or {})
            found.setdefault(
                str(subset.get("name")), Subset(rule=str(rule["metadata"]["name"]), labels=labels)
            )
    return found


def _is_for(rule_host: str, host: str, *, namespace: str) -> bool:
    if rule_host.startswith("*"):
        return f"{host}.{namespace}.svc.cluster.local".endswith(rule_host[1:])
    return same_host(rule_host, host, namespace=namespace)


def written(labels: dict[str, str]) -> str:
    """Write labels as a list's query takes them."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def ready_pods(pods: Iterable[Json], endpoints: Iterable[Json]) -> set[str]:
    """Name those of the pods to which an endpoint leads that is ready."""
    return names_of_ready(endpoints) & {str(pod["metadata"]["name"]) for pod in pods}


def names_of_ready(endpoints: Iterable[Json]) -> set[str]:
    """Name the pods behind the ready endpoints; their addresses where they are no pods."""
    return {
        str((endpoint.get("targetRef") or {}).get("name") or ",".join(endpoint.get("addresses") or ()))
        for endpoint in endpoints
        # Kubernetes: a condition that is not said counts as true.
        if (endpoint.get("conditions") or {}).get("ready") is not False
    }


def in_words(labels: dict[str, str]) -> str:
    """Say labels as kubectl does: `app=checkout,version=v2`."""
    said = ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key not in LEFT_OUT)
    return said or "no labels"
