"""What a TraefikService, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Any

from console.cluster.shapes import Int64, Shape
from console.traffic.shapes import SteeredMetadata, routing_of


class Service(Shape, frozen=True, kw_only=True):
    """Where requests go, with its weight."""

    kind: str | None = None
    name: str = ""
    namespace: str | None = None
    port: int | str | None = None
    weight: Int64 | None = None


class Sticky(Shape, frozen=True, kw_only=True):
    """By what clients are kept at a service."""

    cookie: dict[str, Any] | None = None


class Weighted(Shape, frozen=True, kw_only=True):
    """The split."""

    services: list[Service] | None = None
    sticky: Sticky | None = None


class ServiceSpec(Shape, frozen=True, kw_only=True):
    """What it is: a split, or something else."""

    weighted: Weighted | None = None


class TraefikService(Shape, frozen=True, kw_only=True):
    """Traefik's."""

    metadata: SteeredMetadata
    spec: ServiceSpec | None = None


class RolloutTraefik(Shape, frozen=True, kw_only=True):
    """The object that a Rollout steers."""

    weighted_traefik_service_name: str = ""


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    traefik: RolloutTraefik | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the TraefikService that a Rollout steers."""
    node = routing_of(rollout, "traefik")
    return [str(node.get("weightedTraefikServiceName") or "")]
