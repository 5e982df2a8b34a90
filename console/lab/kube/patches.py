"""JSON Merge Patch (RFC 7386) and JSON Patch (RFC 6902), pure: both return a new document."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from console.lab.kube.refusals import Refusal, bad_request, invalid


def merge_patch(document: Any, patch: Any) -> Any:
    """Lay `patch` over `document`: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    merged = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def json_patch(document: Any, operations: Any) -> Any:
    """Apply all operations or none."""
    if not isinstance(operations, list) or not all(isinstance(op, dict) for op in operations):
        raise bad_request("error decoding patch: a JSON patch is a list of operations")
    # One holder above the document lets an operation replace the whole of it.
    holder = {"": deepcopy(document)}
    for operation in operations:
        _apply(holder, operation)
    return holder[""]


def _apply(holder: Any, operation: dict[str, Any]) -> None:
    op, path = operation.get("op"), _pointer(operation, "path")
    if op == "test":
        _test(holder, path, operation.get("value"))
    elif op == "add":
        _add(holder, path, deepcopy(_value(operation)))
    elif op == "remove":
        _remove(holder, path)
    elif op == "replace":
        _replace(holder, path, deepcopy(_value(operation)))
    elif op == "copy":
        _add(holder, path, deepcopy(_look_up(holder, _pointer(operation, "from"))))
    elif op == "move":
        _move(holder, source=_pointer(operation, "from"), target=path)
    else:
        raise _does_not_apply()


def _does_not_apply() -> Refusal:
    """Refuse in the real server's words, which never say which operation it was."""
    return invalid("the server rejected our request due to an error in our request")


def _pointer(operation: dict[str, Any], member: str) -> list[str]:
    """Split a JSON pointer; the leading empty part is the holder's key."""
    text = operation.get(member)
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise _does_not_apply()
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")]


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise _does_not_apply()
    return operation["value"]


def _look_up(node: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list):
            node = node[_index(part, below=len(node))]
        else:
            raise _does_not_apply()
    return node


def _index(part: str, *, below: int) -> int:
    if part.isdecimal() and (part == "0" or part[0] != "0") and int(part) < below:
        return int(part)
    raise _does_not_apply()


def _test(holder: Any, path: list[str], expected: Any) -> None:
    if not same(_look_up(holder, path), expected):
        raise _does_not_apply()


def same(left: Any, right: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _add(holder: Any, path: list[str], value: Any) -> None:
    parent, last = _look_up(holder, path[:-1]), path[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        at = len(parent) if last == "-" else _index(last, below=len(parent) + 1)
        parent.insert(at, value)
    else:
        raise _does_not_apply()


def _remove(holder: Any, path: list[str]) -> None:
    _look_up(holder, path)
    parent, last = _look_up(holder, path[:-1]), path[-1]
    del parent[int(last) if isinstance(parent, list) else last]


def _replace(holder: Any, path: list[str], value: Any) -> None:
    _look_up(holder, path)
    parent, last = _look_up(holder, path[:-1]), path[-1]
    parent[int(last) if isinstance(parent, list) else last] = value


def _move(holder: Any, *, source: list[str], target: list[str]) -> None:
    if target[: len(source)] == source and target != source:
        raise _does_not_apply()
    value = _look_up(holder, source)
    _remove(holder, source)
    _add(holder, target, value)
