"""Who changed what: a light `managedFields`, exact for the children of `spec` and `status`.

Such a child belongs to the writer who changed it last. For fields that hold atomic lists, as all of a
VirtualService's do, this is the real server's rule too.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

OWNED = ("spec", "status")


def record(before: Json | None, after: Json, *, manager: str, time: str, subresource: str = "") -> list[Json]:
    """Make the `managedFields` of `after`, which `manager` just wrote over `before`."""
    entries = (before or {}).get("metadata", {}).get("managedFields", [])
    changed = _changed(before or {}, after)
    if not changed:
        return list(entries)
    mine = {"manager": manager, "operation": "Update", "subresource": subresource}
    kept = [_without(entry, changed) for entry in entries if not _is_of(entry, mine)]
    fields = _merged([entry["fieldsV1"] for entry in entries if _is_of(entry, mine)], changed)
    entry = mine | {
        "apiVersion": after["apiVersion"],
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return [*(k for k in kept if k["fieldsV1"]), {key: value for key, value in entry.items() if value}]


def _changed(before: Json, after: Json) -> dict[str, set[str]]:
    found = {part: _changed_children(before.get(part) or {}, after.get(part) or {}) for part in OWNED}
    return {part: children for part, children in found.items() if children}


def _changed_children(before: Json, after: Json) -> set[str]:
    return {name for name in after if name not in before or before[name] != after[name]}


def _is_of(entry: Json, mine: Json) -> bool:
    return all(entry.get(key, "") == value for key, value in mine.items())


def _without(entry: Json, changed: dict[str, set[str]]) -> Json:
    fields = {}
    for part, children in entry["fieldsV1"].items():
        lost = {f"f:{name}" for name in changed.get(part.removeprefix("f:"), ())}
        if kept := {name: owned for name, owned in children.items() if name not in lost}:
            fields[part] = kept
    return entry | {"fieldsV1": fields}


def _merged(owned: list[Json], changed: dict[str, set[str]]) -> Json:
    fields: Json = {part: dict(children) for entry in owned for part, children in entry.items()}
    for part, children in changed.items():
        fields.setdefault(f"f:{part}", {}).update({f"f:{name}": {} for name in sorted(children)})
    return fields
