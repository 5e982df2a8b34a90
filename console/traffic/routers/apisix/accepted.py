"""What an ApisixRoute's status says, and what of its rule would make its weights idle. Pure."""

from __future__ import annotations

from typing import Any

from console.plan.literal import literal
from console.preflight import Check

Json = dict[str, Any]

STATUS_CHARS = 200
"""Characters of what the controller says that are quoted."""
SPLITS_ITSELF = "traffic-split"
"""The plugin that the controller makes of the weights: APISIX takes a rule's own one instead."""


def check_accepted(obj: Json, name: str) -> Check:
    """Look at the condition `Accepted`: the controller must have taken the route as it is."""
    words = _trouble(obj)
    label = f"APISIX's state of {name}"
    return Check(name=label, ok=not words, words=words or "accepted as it is")


def check_plugins(rules: list[Json], name: str) -> tuple[Check, ...]:
    """Warn of rules that split by a plugin of their own, whatever the weights say."""
    found = [
        str(rule.get("name", ""))
        for rule in rules
        for plugin in rule.get("plugins") or ()
        if plugin.get("name") == SPLITS_ITSELF and plugin.get("enable") is not False
    ]
    if not found:
        return ()
    words = (
        f"rule {literal(', '.join(found), longest=STATUS_CHARS)} has a plugin {SPLITS_ITSELF} of its own,"
        " which counts there instead of the weights; take it out of a rule that is released"
    )
    return (Check(name=f"plugins of {name}", ok=True, words=words, warning=True),)


def _trouble(obj: Json) -> str:
    """Say what keeps the controller from serving the route as it is now; empty where nothing does."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    found: Json = next((each for each in conditions if each.get("type") == "Accepted"), {})
    if not found:
        return (
            "no controller has taken it up; look at its ingressClassName, and at APISIX's ingress controller"
        )
    if found.get("status") != "True":
        said = ": ".join(str(found[key]) for key in ("reason", "message") if found.get(key))
        why = literal(said, longest=STATUS_CHARS) or "it says no more"
        return f"APISIX's controller does not serve it: {why}"
    if (found.get("observedGeneration") or 0) < (obj["metadata"].get("generation") or 0):
        return "APISIX's controller has not looked at it since it was changed last; wait, or look at it"
    return ""
