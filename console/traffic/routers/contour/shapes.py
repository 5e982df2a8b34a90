"""What an HTTPProxy, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Any

from msgspec import field

from console.cluster.shapes import Int32, Int64, Shape
from console.traffic.shapes import Condition, SteeredMetadata, routing_of


class Service(Shape, frozen=True, kw_only=True):
    """Where requests go, with its weight; copies of them where it is a mirror."""

    name: str = ""
    port: Int32 | None = None
    weight: Int64 | None = None
    mirror: bool | None = None


class Path(Shape, frozen=True, kw_only=True):
    """One condition, as far as it is one of the path."""

    prefix: str | None = None
    exact: str | None = None
    regex: str | None = None


class Route(Shape, frozen=True, kw_only=True):
    """One route."""

    conditions: list[Path] | None = None
    services: list[Service] | None = None


class TcpProxy(Shape, frozen=True, kw_only=True):
    """Connections that are passed on unread."""

    services: list[Service] | None = None


class Include(Shape, frozen=True, kw_only=True):
    """Another HTTPProxy, to which some paths are left."""

    name: str = ""
    namespace: str | None = None


class ProxySpec(Shape, frozen=True, kw_only=True):
    """All that it serves."""

    routes: list[Route] | None = None
    includes: list[Include] | None = None
    tcpproxy: TcpProxy | None = None


class ProxyStatus(Shape, frozen=True, kw_only=True):
    """Whether it is served."""

    current_status: str = ""
    description: str = ""
    conditions: list[Condition] | None = None


class HttpProxy(Shape, frozen=True, kw_only=True):
    """Contour's."""

    metadata: SteeredMetadata
    spec: ProxySpec | None = None
    status: ProxyStatus | None = None


class Plugin(Shape, frozen=True, kw_only=True):
    """The objects that Argo's plugin steers; its first version knew one."""

    http_proxies: list[str] | None = None
    http_proxy: str | None = None


class Plugins(Shape, frozen=True, kw_only=True):
    """Argo's plugins, as far as they steer HTTPProxies."""

    contour: Plugin | None = field(name="argoproj-labs/contour", default=None)


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    plugins: Plugins | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the HTTPProxies that a Rollout steers."""
    node = routing_of(rollout, "plugins", "argoproj-labs/contour")
    return [str(node.get("httpProxy") or ""), *map(str, node.get("httpProxies") or ())]
