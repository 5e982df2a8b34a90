"""Acting as somebody else: the headers that a kubeconfig's `as` becomes on every call. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_UNRESERVED = frozenset(b"!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""What stands in a header's name as it is; `%` could too, and is written `%25` to be read back."""


def acting_as(user: Json) -> Iterator[tuple[str, str]]:
    """Give the headers, one for each group and each extra value; none where nobody is impersonated."""
    if not user.get("as"):
        return
    yield "Impersonate-User", _on_the_wire(user["as"])
    if user.get("as-uid"):
        yield "Impersonate-Uid", _on_the_wire(user["as-uid"])
    for group in user.get("as-groups") or ():
        yield "Impersonate-Group", _on_the_wire(group)
    for key, values in (user.get("as-user-extra") or {}).items():
        for value in values or ():
            yield f"Impersonate-Extra-{_escaped(key)}", _on_the_wire(value)


def _escaped(key: str) -> str:
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in key.encode())


def _on_the_wire(value: str) -> str:
    """Write UTF-8's bytes as letters: headers are sent letter by letter."""
    return value.encode().decode("latin-1")
