"""What a VirtualService, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from console.cluster.shapes import Int32, Shape
from console.traffic.shapes import SteeredMetadata


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


class Named(Shape, frozen=True, kw_only=True):
    """Something that has a name."""

    name: str = ""


class RolloutIstio(Shape, frozen=True, kw_only=True):
    """The objects that a Rollout steers."""

    virtual_services: list[Named] | None = None
    virtual_service: Named | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    istio: RolloutIstio | None = None


class CanaryStrategy(Shape, frozen=True, kw_only=True):
    """A Rollout's steps."""

    traffic_routing: TrafficRouting | None = None


class Strategy(Shape, frozen=True, kw_only=True):
    """How a Rollout goes on."""

    canary: CanaryStrategy | None = None


class RolloutSpec(Shape, frozen=True, kw_only=True):
    """What a Rollout should do."""

    strategy: Strategy | None = None


class Rollout(Shape, frozen=True, kw_only=True):
    """Argo's."""

    metadata: Named
    spec: RolloutSpec | None = None


class RolloutList(Shape, frozen=True, kw_only=True):
    """Rollouts."""

    items: list[Rollout] | None = None
