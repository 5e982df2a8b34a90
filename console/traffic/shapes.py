"""What the objects that steer traffic must look like to be read: `console.cluster.shapes` has the others."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from msgspec import field

from console.cluster.shapes import Int32, Int64, Metadata, Shape

R = TypeVar("R", bound=Shape)
"""How a Rollout steers traffic: what it says of the objects of one kind of router."""


class WrittenMetadata(Shape, frozen=True, kw_only=True):
    """What one writer owns of an object's metadata."""

    annotations: dict[str, Any] | None = field(name="f:annotations", default=None)


class Owned(Shape, frozen=True, kw_only=True):
    """The fields that somebody wrote."""

    metadata: WrittenMetadata | None = field(name="f:metadata", default=None)
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
    generation: Int64 = 0
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[Owner] | None = None
    managed_fields: list[ManagedField] | None = None


class Port(Shape, frozen=True, kw_only=True):
    """A port of a Service, or of its endpoints."""

    name: str | None = None
    port: Int32 | None = None


class NamedMetadata(Shape, frozen=True, kw_only=True):
    """Of an object in a list."""

    name: str
    labels: dict[str, str] | None = None


class Condition(Shape, frozen=True, kw_only=True):
    """What a controller says of an object."""

    type: str = ""
    status: str = ""
    reason: str | None = None
    message: str | None = None
    observed_generation: Int64 | None = None


class PodAddress(Shape, frozen=True, kw_only=True):
    """One of a pod's addresses."""

    ip: str = ""


class PodAddresses(Shape, frozen=True, kw_only=True):
    """Where a pod is."""

    pod_ips: list[PodAddress] | None = field(name="podIPs", default=None)


class LabelledPod(Shape, frozen=True, kw_only=True):
    """A pod, by what selects it."""

    metadata: NamedMetadata
    status: PodAddresses | None = None


class ServiceSpec(Shape, frozen=True, kw_only=True):
    """What a Service selects."""

    selector: dict[str, str] | None = None
    type: str = ""
    external_name: str = ""
    ports: list[Port] | None = None


class Service(Shape, frozen=True, kw_only=True):
    """Kubernetes'."""

    metadata: NamedMetadata
    spec: ServiceSpec | None = None


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
    """Some of a Service's endpoints, all with the same ports."""

    endpoints: list[Endpoint] | None = None
    ports: list[Port] | None = None


class RuleSubset(Shape, frozen=True, kw_only=True):
    """Pods of a host, by their labels."""

    name: str = ""
    labels: dict[str, str] | None = None


class DestinationRuleSpec(Shape, frozen=True, kw_only=True):
    """A host's subsets."""

    host: str = ""
    subsets: list[RuleSubset] | None = None
    workload_selector: dict[str, Any] | None = None


class DestinationRule(Shape, frozen=True, kw_only=True):
    """Istio's."""

    metadata: NamedMetadata
    spec: DestinationRuleSpec | None = None


class Named(Shape, frozen=True, kw_only=True):
    """Something that has a name."""

    name: str = ""


class CanaryStrategy(Shape, Generic[R], frozen=True, kw_only=True):
    """A Rollout's steps."""

    traffic_routing: R | None = None


class Strategy(Shape, Generic[R], frozen=True, kw_only=True):
    """How a Rollout goes on."""

    canary: CanaryStrategy[R] | None = None


class RolloutSpec(Shape, Generic[R], frozen=True, kw_only=True):
    """What a Rollout should do."""

    strategy: Strategy[R] | None = None


class Rollout(Shape, Generic[R], frozen=True, kw_only=True):
    """Argo's."""

    metadata: Named
    spec: RolloutSpec[R] | None = None


class RolloutList(Shape, Generic[R], frozen=True, kw_only=True):
    """Rollouts."""

    items: list[Rollout[R]] | None = None


def routing_of(rollout: dict[str, Any], *steps: str) -> dict[str, Any]:
    """Return what a Rollout says of its traffic below these keys; nothing where it says nothing."""
    node: Any = rollout
    for step in ("spec", "strategy", "canary", "trafficRouting", *steps):
        node = node.get(step) or {}
    return cast("dict[str, Any]", node)
