"""What an HTTPRoute, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Any

from msgspec import field

from console.cluster.shapes import Int32, Shape
from console.traffic.shapes import Condition, Named, SteeredMetadata, routing_of


class Parent(Shape, frozen=True, kw_only=True):
    """What a route is attached to: a Gateway, or a Service in a mesh."""

    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str = ""
    section_name: str | None = None
    port: Int32 | None = None


class BackendRef(Shape, frozen=True, kw_only=True):
    """Where requests go, with its weight."""

    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str = ""
    port: Int32 | None = None
    weight: Int32 | None = None


class Rule(Shape, frozen=True, kw_only=True):
    """One rule."""

    name: str | None = None
    backend_refs: list[BackendRef] | None = None


class RouteSpec(Shape, frozen=True, kw_only=True):
    """The rules."""

    parent_refs: list[Parent] | None = None
    rules: list[Rule] | None = None


class ParentStatus(Shape, frozen=True, kw_only=True):
    """What the controller of one parent says."""

    parent_ref: Parent | None = None
    controller_name: str = ""
    conditions: list[Condition] | None = None


class RouteStatus(Shape, frozen=True, kw_only=True):
    """What all of them say."""

    parents: list[ParentStatus] | None = None


class HttpRoute(Shape, frozen=True, kw_only=True):
    """Gateway API's."""

    metadata: SteeredMetadata
    spec: RouteSpec | None = None
    status: RouteStatus | None = None


class Plugin(Shape, frozen=True, kw_only=True):
    """The routes that Argo's plugin steers."""

    http_route: str | None = None
    http_routes: list[Named] | None = None


class Plugins(Shape, frozen=True, kw_only=True):
    """Argo's plugins, as far as they steer routes."""

    gateway_api: Plugin | None = field(name="argoproj-labs/gatewayAPI", default=None)


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    plugins: Plugins | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the routes that a Rollout steers; any other plugin may say whatever it likes."""
    node = routing_of(rollout, "plugins", "argoproj-labs/gatewayAPI")
    return [str(node.get("httpRoute") or ""), *(str(each["name"]) for each in node.get("httpRoutes") or ())]
