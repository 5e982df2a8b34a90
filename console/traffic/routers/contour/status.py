"""What an HTTPProxy's status says of who serves it: Contour must have taken it as it is. Pure."""

from __future__ import annotations

from typing import Any

from console.plan.literal import literal
from console.preflight import Check

Json = dict[str, Any]

LONGEST_STATUS_CHARS = 200
"""Characters of what Contour says that are quoted."""
WAITING = "NotReconciled"
"""What the definition itself writes until a Contour has looked at the object."""


def check_status(obj: Json, name: str) -> tuple[Check, ...]:
    """Refuse one that nobody serves, or not as it is now."""
    ok, words = _told(obj)
    return (Check(name=f"status of {name}", ok=ok, words=words),)


def _told(obj: Json) -> tuple[bool, str]:
    status = obj.get("status") or {}
    current = str(status.get("currentStatus") or WAITING)
    if current == WAITING:
        return False, "no Contour has taken it up; look at its ingressClassName, and whether Contour runs"
    if current != "valid":
        why = literal(str(status.get("description") or "no description"), longest=LONGEST_STATUS_CHARS)
        return False, f"Contour says {literal(current, longest=LONGEST_STATUS_CHARS)}: {why}"
    seen = [
        each.get("observedGeneration") or 0
        for each in status.get("conditions") or ()
        if each.get("type") == "Valid"
    ]
    if max(seen, default=0) < (obj["metadata"].get("generation") or 0):
        return False, "Contour has not looked at it since it was changed last; wait, or look at Contour"
    return True, "Contour serves it as it is"
