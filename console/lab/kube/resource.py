"""One kind of object that the lab's Kubernetes API serves, and how it tells clients about it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

READ = ("get", "list")
WRITE = ("create", "delete", "patch", "update")


class Resource(Struct, frozen=True, kw_only=True):
    """One kind of object, as the API's paths and discovery name it."""

    group: str
    """Empty for the core group."""
    versions: tuple[str, ...]
    """Served versions, the preferred one first; all are served from one store."""
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    has_status: bool = False
    """Whether status is written only at `/status`, and never by a write to the object."""
    verbs: tuple[str, ...] = READ + WRITE
    custom: bool = False
    """Whether it comes with a definition: a replacement has to say which version it replaces."""

    @property
    def full_name(self) -> str:
        """The name in the API's own messages: `virtualservices.networking.istio.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def api_version(self, version: str) -> str:
        """Say `version` as objects do: `networking.istio.io/v1`, or `v1` in the core group."""
        return f"{self.group}/{version}" if self.group else version

    def discovery(self) -> list[dict[str, Any]]:
        """Describe the kind, and its status where that is a resource of its own."""
        entry: dict[str, Any] = {
            "name": self.plural,
            "singularName": self.kind.lower(),
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": list(self.verbs),
        }
        if self.short_names:
            entry["shortNames"] = list(self.short_names)
        if not self.has_status:
            return [entry]
        status = {
            "name": f"{self.plural}/status",
            "singularName": "",
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": ["get", "patch", "update"],
        }
        return [entry, status]
