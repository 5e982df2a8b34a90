"""What an Ingress says of its load balancer, and what of its actions would make weights count for less. Pure.

Nothing in the cluster tells that AWS has a weight: the controller writes the address once, and no condition.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from console.plan.literal import literal
from console.preflight import Check
from console.traffic.routers.aws_alb.actions import forwards_of, name_of

Json = dict[str, Any]

LONGEST_NAMES_CHARS = 200
"""Characters of names that are quoted."""
BY_ACTION = "use-annotation"
"""The name of the port of a backend that is an action."""


def backends_of(obj: Json) -> list[tuple[str, Json]]:
    """Return where each path goes, with the host and path in words."""
    spec = obj.get("spec") or {}
    found = [("the default backend", spec.get("defaultBackend") or {})]
    for rule in spec.get("rules") or ():
        paths = (rule.get("http") or {}).get("paths") or ()
        found += [
            (f"path {rule.get('host') or '*'}{each.get('path') or '/'}", each["backend"]) for each in paths
        ]
    services = ((where, backend.get("service") or {}) for where, backend in found)
    return [(where, service) for where, service in services if service]


def goes_by(service: Json) -> str:
    """Name the action that a path goes by; empty where it goes to a Service."""
    return str(service["name"]) if (service.get("port") or {}).get("name") == BY_ACTION else ""


def check_balancer(obj: Json, name: str) -> Check:
    """Look for the load balancer's address: without one nothing serves the Ingress."""
    label = f"load balancer of {name}"
    balancers = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    hosts = ", ".join(str(each["hostname"]) for each in balancers if each.get("hostname"))
    if not hosts:
        words = (
            "it has no address: no load balancer serves it; look at its class, and at the controller's events"
        )
        return Check(name=label, ok=False, words=words)
    host = literal(hosts, longest=LONGEST_NAMES_CHARS)
    return Check(name=label, ok=True, words=f"{host}; that AWS has a weight, requests alone will tell")


def check_actions(obj: Json, name: str) -> tuple[Check, ...]:
    """Warn of actions that no path goes by, and of those that keep clients where they are."""
    forwards = forwards_of(obj)
    used = {goes_by(service) for _, service in backends_of(obj)}
    idle = _named(key for key in forwards if name_of(key) not in used)
    sticky = _named(key for key, action in forwards.items() if _is_sticky(action))
    checks = []
    if idle:
        words = (
            f"no path goes by {idle}: its backend has the action's name, and the port's name is {BY_ACTION}"
        )
        checks.append(Check(name=f"actions of {name}", ok=True, words=words, warning=True))
    if sticky:
        words = (
            f"target group stickiness of {sticky} keeps a client where it is until its cookie ends, whatever"
            " the weights say, also behind a rollback"
        )
        checks.append(Check(name=f"stickiness of {name}", ok=True, words=words, warning=True))
    return tuple(checks)


def _named(keys: Iterable[str]) -> str:
    return literal(", ".join(name_of(key) for key in keys), longest=LONGEST_NAMES_CHARS)


def _is_sticky(action: Json) -> bool:
    config = action["forwardconfig"].get("targetgroupstickinessconfig")
    return isinstance(config, dict) and config.get("enabled") is True
