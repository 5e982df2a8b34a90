"""What a ServiceSplitter, and a Rollout that may steer one, must look like to be read."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, field

from console.cluster.shapes import Shape
from console.traffic.shapes import Condition, SteeredMetadata, routing_of

Percent = Annotated[float, Meta(ge=0, le=2**31 - 1)]


class Split(Shape, frozen=True, kw_only=True):
    """A share of the requests, and where it goes."""

    weight: Percent | None = None
    service: str | None = None
    service_subset: str | None = None


class SplitterSpec(Shape, frozen=True, kw_only=True):
    """The splits."""

    splits: list[Split] | None = None


class SplitterStatus(Shape, frozen=True, kw_only=True):
    """Whether Consul has it."""

    conditions: list[Condition] | None = None


class ServiceSplitter(Shape, frozen=True, kw_only=True):
    """Consul's."""

    metadata: SteeredMetadata
    spec: SplitterSpec | None = None
    status: SplitterStatus | None = None


class Plugin(Shape, frozen=True, kw_only=True):
    """The service whose splitter Argo's plugin steers: both have one name."""

    service_name: str = ""


class Plugins(Shape, frozen=True, kw_only=True):
    """Argo's plugins, as far as they steer splitters."""

    consul: Plugin | None = field(name="argoproj-labs/consul", default=None)
    older: Plugin | None = field(name="hashicorp/consul", default=None)


class TrafficRouting(Shape, frozen=True, kw_only=True):
    """How a Rollout steers."""

    plugins: Plugins | None = None


def steered(rollout: dict[str, Any]) -> list[str]:
    """Name the splitters that a Rollout steers, by the plugin's name of today and by its first one."""
    node = routing_of(rollout, "plugins")
    plugins = (node.get(name) or {} for name in ("argoproj-labs/consul", "hashicorp/consul"))
    return [str(plugin["serviceName"]) for plugin in plugins if plugin.get("serviceName")]
