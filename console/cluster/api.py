"""How the engine asks a Kubernetes API: raw JSON on paths.

The routers and the pods' watch depend on this protocol; `console.cluster.client` is the one that keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from msgspec import Struct

Json = dict[str, Any]

FIELD_MANAGER = "pithead"
"""Who the API server is told that we are, in an object's `managedFields`."""
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


class Passed(Struct, frozen=True, kw_only=True):
    """What a Service answered through the API server's own proxy, unread."""

    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


class PassesOn(Protocol):
    """Asks a Service through the API server; raises `ClusterError` where that itself refuses."""

    async def log_in(self, *, deadline_s: float) -> None:
        """Log in where we have not, and wait so long for it."""

    async def pass_on(
        self, path: str, *, query: dict[str, str], headers: Callable[[], dict[str, str]], deadline_s: float
    ) -> Passed:
        """Read what the Service has at this path of its proxy; `headers` is asked in the call's thread."""


class Api(Protocol):
    """Asks once and within a deadline; raises `ClusterError` or one of its kinds, and nothing else."""

    @property
    def context(self) -> str:
        """The kubeconfig's name for the way in; `in-cluster` in a pod."""

    @property
    def server(self) -> str:
        """The API server's address, without credentials."""

    async def log_in(self, *, deadline_s: float) -> None:
        """Log in where we have not: a person may have to answer a browser before the first call."""

    async def get(self, path: str, *, query: dict[str, str] | None = None, deadline_s: float) -> Json:
        """Read an object or a list."""

    async def patch(
        self,
        path: str,
        body: Json | list[Json],
        *,
        content_type: str,
        query: dict[str, str] | None = None,
        deadline_s: float,
    ) -> Json:
        """Change an object; answers with the object as stored."""

    async def post(
        self, path: str, body: Json, *, query: dict[str, str] | None = None, deadline_s: float
    ) -> Json:
        """Create an object, or ask for a review."""

    async def delete(self, path: str, *, only: Json, deadline_s: float) -> Json:
        """Remove an object where it is still what `only` says: its `uid`, its `resourceVersion`."""


def path_of(*, group: str, version: str, namespace: str, plural: str, name: str = "") -> str:
    """Write the path of an object, or of its kind's list in the namespace."""
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    parts = [root, "namespaces", quote(namespace, safe=""), plural]
    return "/".join([*parts, quote(name, safe="")] if name else parts)
