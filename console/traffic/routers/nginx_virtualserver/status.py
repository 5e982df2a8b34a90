"""What a VirtualServer's status says of who serves it. Pure. It does not say of which version that is."""

from __future__ import annotations

from typing import Any

from console.plan.literal import literal
from console.preflight import Check

Json = dict[str, Any]

LONGEST_STATUS_CHARS = 200
"""Characters of what the controller says that are quoted."""


def check_state(obj: Json, name: str) -> tuple[Check, ...]:
    """Refuse one that no controller serves, or that it finds invalid; tell what it warns of."""
    status = obj.get("status") or {}
    state, label = str(status.get("state") or ""), f"status of {name}"
    why = literal(
        str(status.get("message") or status.get("reason") or "no reason"), longest=LONGEST_STATUS_CHARS
    )
    if not state:
        words = "no controller has taken it up; look at its ingressClassName, and whether one runs"
        return (Check(name=label, ok=False, words=words),)
    said = f"the controller says {literal(state, longest=LONGEST_STATUS_CHARS)}"
    if state == "Valid":
        return (Check(name=label, ok=True, words=said),)
    return (Check(name=label, ok=state == "Warning", words=f"{said}: {why}", warning=state == "Warning"),)
