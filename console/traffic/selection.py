"""Which pods a Service, or a subset of a DestinationRule, selects. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from console.traffic.hosts import same_host

Json = dict[str, Any]

LEFT_OUT = frozenset({"pod-template-hash", "controller-revision-hash"})
"""Labels that Kubernetes adds and nobody selects by."""
OF_ENDPOINTS = ("topology.istio.io/", "topology.kubernetes.io/", "security.istio.io/")
"""Labels that Istio gives an endpoint by itself, and no pod has."""
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


def is_half_a_name(host: str) -> bool:
    """Whether Istio takes a host for a whole name: it completes those without a dot, and no others."""
    return host.rstrip(".").count(".") == 1


def subsets_of(rules: Iterable[Json], *, host: str, namespace: str) -> dict[str, Subset]:
    """Return the subsets of a Service by name.

    Istio takes the rules that name the host most closely, and merges those that a namespace has for it. One
    that holds for some callers only says nothing of the others.
    """
    fitting: dict[str, list[Json]] = {}
    for rule in rules:
        spec = rule.get("spec") or {}
        named = str(spec.get("host", ""))
        if _is_for(named, host, namespace=namespace) and not spec.get("workloadSelector"):
            closest = named if named.startswith("*") else ""
            fitting.setdefault(closest, []).append(rule)
    closest = "" if "" in fitting else max(fitting, key=len, default="")
    found: dict[str, Subset] = {}
    for rule in fitting.get(closest, ()):
        for subset in rule["spec"].get("subsets") or ():
            labels = _of_pods(subset.get("labels") or {})
            found.setdefault(
                str(subset.get("name")), Subset(rule=str(rule["metadata"]["name"]), labels=labels)
            )
    return found


def _of_pods(labels: Json) -> dict[str, str]:
    return {key: value for key, value in labels.items() if not key.startswith(OF_ENDPOINTS)}


def _is_for(rule_host: str, host: str, *, namespace: str) -> bool:
    if rule_host.startswith("*"):
        return f"{host}.{namespace}.svc.cluster.local".endswith(rule_host[1:])
    return same_host(rule_host, host, namespace=namespace) and not is_half_a_name(rule_host)


def written(labels: dict[str, str]) -> str:
    """Write labels as a list's query takes them."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def ready_pods(pods: Iterable[Json], endpoints: Iterable[Json]) -> set[str]:
    """Name those of the pods to which an endpoint leads that is ready: by their names, else by addresses."""
    ready = names_of_ready(endpoints)
    return {
        str(pod["metadata"]["name"]) for pod in pods if {pod["metadata"]["name"], *_addresses(pod)} & ready
    }


def _addresses(pod: Json) -> list[str]:
    return [str(each.get("ip")) for each in (pod.get("status") or {}).get("podIPs") or ()]


def names_of_ready(endpoints: Iterable[Json]) -> set[str]:
    """Name the pods behind the ready endpoints; their addresses where nobody says which pods they are."""
    return {
        name
        for endpoint in endpoints
        # Kubernetes: a condition that is not said counts as true.
        if (endpoint.get("conditions") or {}).get("ready") is not False
        for name in _leads_to(endpoint)
    }


def _leads_to(endpoint: Json) -> list[str]:
    named = (endpoint.get("targetRef") or {}).get("name")
    return [str(named)] if named else [str(each) for each in endpoint.get("addresses") or ()]


def port_of(destination: Json) -> int | None:
    """Return the port that a destination names; None where it names none."""
    port = destination.get("port")
    number = port.get("number") if isinstance(port, dict) else None
    return number if isinstance(number, int) else None


def with_port(slices: Iterable[Json], ports: Iterable[Json], number: int | None) -> list[Json]:
    """Return the endpoints that have the Service's port of that number, or any of its ports.

    Kubernetes lists pods apart whose containers lack a port that the Service names. Where no slice lists a
    port, somebody else keeps them, and no more is known.
    """
    slices = list(slices)
    wanted = {each.get("name") or "" for each in ports if number in (None, each.get("port"))}
    if wanted and any(each.get("ports") for each in slices):
        slices = [
            each for each in slices if wanted & {port.get("name") or "" for port in each.get("ports") or ()}
        ]
    return [endpoint for each in slices for endpoint in each.get("endpoints") or ()]


def in_words(labels: dict[str, str]) -> str:
    """Say labels as kubectl does: `app=checkout,version=v2`."""
    said = ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key not in LEFT_OUT)
    return said or "no labels"
