"""What the objects that steer traffic must look like to be read: `console.cluster.shapes` has the others."""

from __future__ import annotations

from typing import Any

from msgspec import field

from console.cluster.shapes import Int32, Metadata, Shape


class Owned(Shape, frozen=True, kw_only=True):
    """The fields that somebody wrote."""

    spec: dict[str, Any] | None = field(name="f:spec", default=None)


class ManagedField(Shape, frozen=True, kw_only=True):
    """Who wrote what, and when."""

    manager: str = ""
    time: str | None = None
    fields_v1: Owned | None = None


class Owner(Shape, frozen=True, kw_only=True):
    """A controller that the object belongs to."""

    kind: str = ""
    name: str = ""
    api_version: str = ""
    controller: bool | None = None


class SteeredMetadata(Metadata, frozen=True, kw_only=True):
    """Whose the object is."""

    namespace: str = ""
    uid: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[Owner] | None = None
    managed_fields: list[ManagedField] | None = None


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


class NamedMetadata(Shape, frozen=True, kw_only=True):
    """Of an object in a list."""

    name: str
    labels: dict[str, str] | None = None


class LabelledPod(Shape, frozen=True, kw_only=True):
    """A pod, by what selects it."""

    metadata: NamedMetadata


class LabelledPodList(Shape, frozen=True, kw_only=True):
    """Pods."""

    items: list[LabelledPod] | None = None


class ServiceSpec(Shape, frozen=True, kw_only=True):
    """What a Service selects."""

    selector: dict[str, str] | None = None


class Service(Shape, frozen=True, kw_only=True):
    """Kubernetes'."""

    metadata: NamedMetadata
    spec: ServiceSpec | None = None


class ServiceList(Shape, frozen=True, kw_only=True):
    """Services."""

    items: list[Service] | None = None


class EndpointConditions(Shape, frozen=True, kw_only=True):
    """Whether an endpoint serves."""

    ready: bool | None = None


class TargetRef(Shape, frozen=True, kw_only=True):
    """What an endpoint leads to."""

    kind: str = ""
    name: str = ""


class Endpoint(Shape, frozen=True, kw_only=True):
    """One address of a Service."""

    addresses: list[str] | None = None
    conditions: EndpointConditions | None = None
    target_ref: TargetRef | None = None


class EndpointSlice(Shape, frozen=True, kw_only=True):
    """Some of a Service's endpoints."""

    endpoints: list[Endpoint] | None = None


class EndpointSliceList(Shape, frozen=True, kw_only=True):
    """All of them."""

    items: list[EndpointSlice] | None = None


class RuleSubset(Shape, frozen=True, kw_only=True):
    """Pods of a host, by their labels."""

    name: str = ""
    labels: dict[str, str] | None = None


class DestinationRuleSpec(Shape, frozen=True, kw_only=True):
    """A host's subsets."""

    host: str = ""
    subsets: list[RuleSubset] | None = None


class DestinationRule(Shape, frozen=True, kw_only=True):
    """Istio's."""

    metadata: NamedMetadata
    spec: DestinationRuleSpec | None = None


class DestinationRuleList(Shape, frozen=True, kw_only=True):
    """Rules."""

    items: list[DestinationRule] | None = None


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
