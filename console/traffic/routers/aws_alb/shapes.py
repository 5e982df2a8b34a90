"""What an Ingress, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Any

from console.cluster.shapes import Int32, Shape
from console.traffic.shapes import SteeredMetadata, routing_of


class ServicePort(Shape, frozen=True, kw_only=True):
    """A port by its number, or by a name: `use-annotation` means an action."""

    name: str | None = None
    number: Int32 | None = None


class IngressService(Shape, frozen=True, kw_only=True):
    """A Service, or the name of an action."""

    name: str = ""
    port: ServicePort | None = None


class IngressBackend(Shape, frozen=True, kw_only=True):
    """Where a path goes."""

    service: IngressService | None = None


class IngressPath(Shape, frozen=True, kw_only=True):
    """One path of a host."""

    path: str | None = None
    backend: IngressBackend | None = None


class IngressHttp(Shape, frozen=True, kw_only=True):
    """The paths of a host."""

    paths: list[IngressPath] | None = None


class IngressRule(Shape, frozen=True, kw_only=True):
    """One host."""

    host: str | None = None
    http: IngressHttp | None = None


class IngressSpec(Shape, frozen=True, kw_only=True):
    """The hosts."""

    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    rules: list[IngressRule] | None = None


class Balancer(Shape, frozen=True, kw_only=True):
    """A load balancer's address."""

    hostname: str | None = None


class Balancers(Shape, frozen=True, kw_only=True):
    """All of them."""

    ingress: list[Balancer] | None = None


class IngressStatus(Shape, frozen=True, kw_only=True):
    """What serves it."""

    load_balancer: Balancers | None = None


class Ingress(Shape, frozen=True, kw_only=True):
    """Kubernetes'."""

    metadata: SteeredMetadata
    spec: IngressSpec | None = None
    status: IngressStatus | None = None


class RolloutAlb(Shape, frozen=True, kw_only=True):
    """The objects that a Rollout steers."""

    ingress: str | None = None
    ingresses: list[str] | None = None


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    alb: RolloutAlb | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the Ingresses that a Rollout steers."""
    node = routing_of(rollout, "alb")
    return [str(name) for name in (node.get("ingress"), *(node.get("ingresses") or ())) if name]
