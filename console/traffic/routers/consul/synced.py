"""What a ServiceSplitter's status says: Consul must have taken it over as it is. Pure.

Consul refuses a splitter whose service speaks no HTTP (ServiceDefaults) or lacks a subset (ServiceResolver),
and the controller says so in the one condition that there is. It counts no generations: a condition may be
older than the last change, so that it is a condition to begin, and no proof of a weight.
"""

from __future__ import annotations

from typing import Any

from console.plan.literal import literal
from console.preflight import Check

Json = dict[str, Any]

LONGEST_STATUS_CHARS = 200
"""Characters of what the controller says that are quoted."""


def check_synced(obj: Json, name: str) -> tuple[Check, ...]:
    """Look at the condition `Synced`."""
    label = f"Consul's state of {name}"
    conditions = (obj.get("status") or {}).get("conditions") or ()
    found: Json = next((each for each in conditions if each.get("type") == "Synced"), {})
    if not found:
        words = "no controller has taken it up; look at the connect injector of Consul in this cluster"
        return (Check(name=label, ok=False, words=words),)
    if found.get("status") != "True":
        said = ": ".join(str(found[key]) for key in ("reason", "message") if found.get(key))
        why = literal(said, longest=LONGEST_STATUS_CHARS) or "it says no more"
        words = f"Consul has not taken it over: {why}"
        return (Check(name=label, ok=False, words=words),)
    return (Check(name=label, ok=True, words="Consul has taken it over"),)
