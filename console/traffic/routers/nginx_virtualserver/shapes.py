"""What a VirtualServer must look like to be read."""

from __future__ import annotations

from typing import Any

from msgspec import field

from console.cluster.shapes import Int32, Shape
from console.traffic.shapes import SteeredMetadata


class Upstream(Shape, frozen=True, kw_only=True):
    """A name for a Service."""

    name: str = ""
    service: str = ""
    port: Int32 | None = None


class Proxy(Shape, frozen=True, kw_only=True):
    """An upstream, with what is changed on the way to it."""

    upstream: str = ""


class Action(Shape, frozen=True, kw_only=True):
    """What becomes of a request."""

    passed: str | None = field(name="pass", default=None)
    proxy: Proxy | None = None


class Split(Shape, frozen=True, kw_only=True):
    """One share of the requests."""

    weight: Int32 = 0
    action: Action | None = None


class Match(Shape, frozen=True, kw_only=True):
    """What becomes of some requests of a route."""

    action: Action | None = None
    splits: list[Split] | None = None


class Route(Shape, frozen=True, kw_only=True):
    """One path."""

    path: str = ""
    route: str | None = None
    action: Action | None = None
    splits: list[Split] | None = None
    matches: list[Match] | None = None


class ServerSpec(Shape, frozen=True, kw_only=True):
    """All that it serves."""

    upstreams: list[Upstream] | None = None
    routes: list[Route] | None = None


class ServerStatus(Shape, frozen=True, kw_only=True):
    """What the controller says."""

    state: str = ""
    reason: str = ""
    message: str = ""


class VirtualServer(Shape, frozen=True, kw_only=True):
    """NGINX Ingress Controller's."""

    metadata: SteeredMetadata
    spec: ServerSpec | None = None
    status: ServerStatus | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers: it knows no VirtualServer, and may say whatever it likes."""

    plugins: dict[str, Any] | None = None
