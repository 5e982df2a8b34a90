"""What an Ingress, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Any

from console.cluster.shapes import Int32, Shape
from console.traffic.shapes import SteeredMetadata, routing_of


class Port(Shape, frozen=True, kw_only=True):
    """A port of a Service, by its number or its name."""

    name: str | None = None
    number: Int32 | None = None


class Service(Shape, frozen=True, kw_only=True):
    """Where a path leads."""

    name: str = ""
    port: Port | None = None


class Backend(Shape, frozen=True, kw_only=True):
    """A Service, or something else."""

    service: Service | None = None


class HttpPath(Shape, frozen=True, kw_only=True):
    """One path of a host."""

    path: str | None = None
    path_type: str = ""
    backend: Backend | None = None


class Http(Shape, frozen=True, kw_only=True):
    """A host's paths."""

    paths: list[HttpPath] | None = None


class Rule(Shape, frozen=True, kw_only=True):
    """One host."""

    host: str | None = None
    http: Http | None = None


class IngressSpec(Shape, frozen=True, kw_only=True):
    """All that it serves."""

    ingress_class_name: str | None = None
    default_backend: Backend | None = None
    rules: list[Rule] | None = None


class Ingress(Shape, frozen=True, kw_only=True):
    """Kubernetes'."""

    metadata: SteeredMetadata
    spec: IngressSpec | None = None


class ClassSpec(Shape, frozen=True, kw_only=True):
    """Which controller a class means."""

    controller: str = ""


class IngressClass(Shape, frozen=True, kw_only=True):
    """Kubernetes'."""

    spec: ClassSpec | None = None


class RolloutNginx(Shape, frozen=True, kw_only=True):
    """The Ingresses that a Rollout steers."""

    stable_ingress: str | None = None
    stable_ingresses: list[str] | None = None
    additional_stable_ingresses: list[str] | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    nginx: RolloutNginx | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the Ingresses whose requests a Rollout splits, and the canary Ingresses by which it does."""
    node = routing_of(rollout, "nginx")
    listed = [*(node.get("stableIngresses") or ()), *(node.get("additionalStableIngresses") or ())]
    stable = [str(each) for each in (node.get("stableIngress"), *listed) if each]
    name = str((rollout.get("metadata") or {}).get("name") or "")
    return [*stable, *(f"{name}-{each}-canary" for each in stable)]
