"""JSON Merge Patch (RFC 7386) and JSON Patch (RFC 6902), pure: both return a new document."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from jsonpatch import JsonPatch, JsonPatchException
from jsonpointer import JsonPointerException

from console.lab.kube.refusals import bad_request, invalid


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
    try:
        return JsonPatch(operations).apply(document)
    except (JsonPatchException, JsonPointerException, TypeError) as error:
        # The real server's words, which never say which operation it was.
        raise invalid("the server rejected our request due to an error in our request") from error
