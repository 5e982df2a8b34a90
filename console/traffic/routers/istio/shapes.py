"""What a VirtualService, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from console.cluster.shapes import Int32, Shape
from console.traffic.shapes import Named, SteeredMetadata


class Destination(Shape, frozen=True, kw_only=True):
    """Where requests go."""

    host: str = ""
    subset: str | None = None


class Target(Shape, frozen=True, kw_only=True):
    """A destination with its weight."""

    destination: Destination | None = None
    weight: Int32 = 0


class HttpRoute(Shape, frozen=True, kw_only=True):
    """A route with its destinations; one of TLS or TCP looks alike."""

    name: str | None = None
    route: list[Target] | None = None


class VirtualServiceSpec(Shape, frozen=True, kw_only=True):
    """The routes."""

    http: list[HttpRoute] | None = None
    tls: list[HttpRoute] | None = None
    tcp: list[HttpRoute] | None = None


class VirtualService(Shape, frozen=True, kw_only=True):
    """Istio's."""

    metadata: SteeredMetadata
    spec: VirtualServiceSpec | None = None


class RolloutIstio(Shape, frozen=True, kw_only=True):
    """The objects that a Rollout steers."""

    virtual_services: list[Named] | None = None
    virtual_service: Named | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    istio: RolloutIstio | None = None
