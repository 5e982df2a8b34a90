"""Who changed what: a light `managedFields`, exact for `spec`, `status`, labels and annotations.

A field there belongs to the writer who changed it last; a list is one field, as an atomic one is on a real
server.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Path = tuple[str, ...]

OWNED: tuple[Path, ...] = (("metadata", "annotations"), ("metadata", "labels"), ("spec",), ("status",))


def record(before: Json | None, after: Json, *, manager: str, time: str, subresource: str = "") -> list[Json]:
    """Make the `managedFields` of `after`, which `manager` just wrote over `before`."""
    entries = (before or {}).get("metadata", {}).get("managedFields", [])
    was, now = _fields(before or {}), _fields(after)
    changed = {path for path, value in now.items() if path not in was or was[path] != value}
    if not changed and was.keys() == now.keys():
        return list(entries)
    mine = {"manager": manager, "operation": "Update", "subresource": subresource}
    owned = changed | {path for entry in entries if _is_of(entry, mine) for path in _paths(entry["fieldsV1"])}
    kept = [
        _owning(entry, {path for path in _paths(entry["fieldsV1"]) if path in now} - changed)
        for entry in entries
        if not (changed and _is_of(entry, mine))
    ]
    head = mine | {"apiVersion": after["apiVersion"], "time": time, "fieldsType": "FieldsV1"}
    ours = [_owning(head, owned & now.keys())] if changed else []
    return [
        {key: value for key, value in entry.items() if value} for entry in (*kept, *ours) if entry["fieldsV1"]
    ]


def _fields(obj: Json) -> dict[Path, Any]:
    """Give each field that has an owner, with its value."""
    found: dict[Path, Any] = {}
    for path in OWNED:
        part: Any = obj
        for step in path:
            part = part.get(step) or {}
        found |= _below(path, part) if part else {}
    return found


def _below(path: Path, value: Any) -> dict[Path, Any]:
    if not isinstance(value, dict) or not value:
        return {path: value}
    found: dict[Path, Any] = {}
    for name, each in value.items():
        found |= _below((*path, name), each)
    return found


def _is_of(entry: Json, mine: Json) -> bool:
    return all(entry.get(key, "") == value for key, value in mine.items())


def _paths(fields: Json) -> list[Path]:
    """Read `{"f:spec": {"f:http": {}}}`."""
    return [
        (name.removeprefix("f:"), *below)
        for name, inner in fields.items()
        for below in (_paths(inner) if inner else [()])
    ]


def _owning(entry: Json, paths: set[Path]) -> Json:
    """Write the fields into an entry."""
    fields: Json = {}
    for path in sorted(paths):
        node = fields
        for name in path:
            node = node.setdefault(f"f:{name}", {})
    return entry | {"fieldsV1": fields}
