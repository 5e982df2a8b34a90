"""What an ApisixRoute, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from console.cluster.shapes import Int32, Int64, Shape
from console.traffic.shapes import Condition, Named, SteeredMetadata


class Backend(Shape, frozen=True, kw_only=True):
    """A Service, with its weight."""

    service_name: str = ""
    service_port: Int32 | str | None = None
    weight: Int64 | None = None


class Upstream(Shape, frozen=True, kw_only=True):
    """An ApisixUpstream, with its weight."""

    name: str = ""
    weight: Int64 | None = None


class Plugin(Shape, frozen=True, kw_only=True):
    """A plugin of a rule."""

    name: str = ""
    enable: bool | None = None


class Rule(Shape, frozen=True, kw_only=True):
    """One HTTP rule."""

    name: str = ""
    backends: list[Backend] | None = None
    upstreams: list[Upstream] | None = None
    plugins: list[Plugin] | None = None


class StreamRule(Shape, frozen=True, kw_only=True):
    """One rule of TCP or UDP."""

    name: str = ""
    backend: Backend | None = None


class RouteSpec(Shape, frozen=True, kw_only=True):
    """The rules."""

    http: list[Rule] | None = None
    stream: list[StreamRule] | None = None


class RouteStatus(Shape, frozen=True, kw_only=True):
    """Whether the controller has taken it."""

    conditions: list[Condition] | None = None


class ApisixRoute(Shape, frozen=True, kw_only=True):
    """Apache APISIX's."""

    metadata: SteeredMetadata
    spec: RouteSpec | None = None
    status: RouteStatus | None = None


class RolloutApisix(Shape, frozen=True, kw_only=True):
    """The object that a Rollout steers."""

    route: Named | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    apisix: RolloutApisix | None = None
