"""What an HTTPRoute's status says of who serves it: each parent's controller must have taken it. Pure."""

from __future__ import annotations

from typing import Any

from console.plan.literal import literal
from console.preflight import Check

Json = dict[str, Any]

GATEWAY = "gateway.networking.k8s.io"
LONGEST_REASON_CHARS = 200
"""Characters of what a controller says that are quoted."""
MUST_BE = {"Accepted": "True", "ResolvedRefs": "True"}
"""What each parent's controller must say: it serves the route, and knows where all of its backends are."""
MUST_NOT_BE = "PartiallyInvalid"
"""Some rules are dropped, while the route as a whole counts as accepted."""


def check_parents(obj: Json, name: str) -> tuple[Check, ...]:
    """Look at each parent; a parent whose controller says nothing serves nothing."""
    parents = (obj.get("spec") or {}).get("parentRefs") or []
    if not parents:
        words = "it has no parentRefs: nothing serves it; name its Gateway"
        return (Check(name=f"parents of {name}", ok=False, words=words),)
    return tuple(_check(obj, parent, name) for parent in parents)


def _check(obj: Json, parent: Json, name: str) -> Check:
    namespace = str(obj["metadata"].get("namespace", ""))
    label = f"{_called(parent, namespace)} of {name}"
    entries = [
        entry
        for entry in (obj.get("status") or {}).get("parents") or ()
        if _key(entry.get("parentRef") or {}, namespace) == _key(parent, namespace)
    ]
    if not entries:
        words = "no controller has taken the route up for it; look at the Gateway and its GatewayClass"
        return Check(name=label, ok=False, words=words)
    generation = obj["metadata"].get("generation") or 0
    wrong = [said for entry in entries if (said := _trouble(entry, generation))]
    if wrong:
        return Check(name=label, ok=False, words="; ".join(wrong))
    by = " and ".join(sorted({literal(str(entry.get("controllerName", ""))) for entry in entries}))
    return Check(name=label, ok=True, words=f"accepted by {by}")


def _trouble(entry: Json, generation: int) -> str:
    """Say what keeps one controller from serving the route as it is now; empty where nothing does."""
    by = literal(str(entry.get("controllerName", "")))
    conditions = {str(each.get("type")): each for each in entry.get("conditions") or ()}
    for kind, wanted in MUST_BE.items():
        found = conditions.get(kind, {})
        if found.get("status") != wanted:
            return f"{by} says {kind} {found.get('status', 'nothing')}{_why(found)}"
        if (found.get("observedGeneration") or 0) < generation:
            return f"{by} has not looked at the route since it was changed last ({kind}); wait, or look at it"
    found = conditions.get(MUST_NOT_BE, {})
    return f"{by} serves only a part of the route{_why(found)}" if found.get("status") == "True" else ""


def _why(condition: Json) -> str:
    said = " ".join(str(condition[key]) for key in ("reason", "message") if condition.get(key))
    return f": {literal(said, longest=LONGEST_REASON_CHARS)}" if said else ""


def _key(parent: Json, namespace: str) -> tuple[Any, ...]:
    return (
        parent.get("group", GATEWAY),
        parent.get("kind") or "Gateway",
        parent.get("namespace") or namespace,
        parent.get("name"),
        parent.get("sectionName") or None,
        parent.get("port") or None,
    )


def _called(parent: Json, namespace: str) -> str:
    where = f"{parent.get('namespace') or namespace}/{parent.get('name')}"
    section = f" ({literal(str(parent['sectionName']))})" if parent.get("sectionName") else ""
    return f"{parent.get('kind') or 'Gateway'} {where}{section}"
