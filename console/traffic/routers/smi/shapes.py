"""What a TrafficSplit, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from console.cluster.shapes import Shape
from console.traffic.shapes import SteeredMetadata, routing_of

Number = Annotated[float, Meta(ge=0, le=2**31 - 1)]
Quantity = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,3})?$|^[0-9]{1,12}m$")]
"""As Kubernetes writes a small one: `1`, `0.5`, `500m`."""


class Backend(Shape, frozen=True, kw_only=True):
    """A Service with its weight."""

    service: str = ""
    weight: Number | Quantity | None = None


class SplitSpec(Shape, frozen=True, kw_only=True):
    """Whose requests are split, and between what."""

    service: str = ""
    backends: list[Backend] | None = None
    matches: list[dict[str, Any]] | None = None


class TrafficSplit(Shape, frozen=True, kw_only=True):
    """The Service Mesh Interface's."""

    metadata: SteeredMetadata
    spec: SplitSpec | None = None


class RolloutSmi(Shape, frozen=True, kw_only=True):
    """The object that a Rollout steers."""

    traffic_split_name: str | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    smi: RolloutSmi | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the TrafficSplit that a Rollout steers: without a name it has the Rollout's own."""
    node = routing_of(rollout)
    smi = node.get("smi")
    if smi is None:
        return []
    return [str(smi.get("trafficSplitName") or rollout["metadata"]["name"])]
