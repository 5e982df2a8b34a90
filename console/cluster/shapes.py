"""What the API's objects must look like to be read: the fields that are looked at, and their types.

Nothing keeps an API server, or what stands before it, from answering with something else. That is an error
with the field's name in it, and never a stumble further on. All other fields may be whatever they are.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from console.errors import ClusterError

Json = dict[str, Any]
Int32 = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Shape(Struct, frozen=True, kw_only=True, rename="camel"):
    """The root of all shapes."""


R = TypeVar("R", bound=Shape)


class Listed(Shape, Generic[R], frozen=True, kw_only=True):
    """Objects of one shape, listed."""

    items: list[R] | None = None


def shaped(obj: Json, shape: type[Shape]) -> Json:
    """Give the object as it is where it has the shape; raises `ClusterError` where not."""
    try:
        msgspec.convert(obj, shape)
    except msgspec.ValidationError as error:
        raise ClusterError(
            f"The API server answered with an object that can't be read: {error}.",
            hint="Look at it with `kubectl get -o yaml`; something may stand between the API server and us.",
        ) from error
    return obj


class Metadata(Shape, frozen=True, kw_only=True):
    """Of an object that is written to: it has a version."""

    resource_version: str


class Uid(Shape, frozen=True, kw_only=True):
    """Of any object: what no other one has, nor had."""

    uid: str


class Identified(Shape, frozen=True, kw_only=True):
    """Any object, as far as it can be told from all others."""

    metadata: Uid


class Version(Shape, frozen=True, kw_only=True):
    """`/version`."""

    git_version: str = ""


class Expression(Shape, frozen=True, kw_only=True):
    """A term of a selector."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] | None = None


class Selector(Shape, frozen=True, kw_only=True):
    """What a deployment finds its pods by."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[Expression] | None = None


class OwnerReference(Shape, frozen=True, kw_only=True):
    """An object that this one belongs to."""

    kind: str = ""
    uid: str = ""
    controller: bool | None = None


class OwnedMetadata(Shape, frozen=True, kw_only=True):
    """Which object it is, and whose."""

    uid: str = ""
    owner_references: list[OwnerReference] | None = None


class DeploymentSpec(Shape, frozen=True, kw_only=True):
    """What should be."""

    replicas: Int32 = 1
    selector: Selector | None = None


class DeploymentStatus(Shape, frozen=True, kw_only=True):
    """What is."""

    ready_replicas: Int32 = 0


class Deployment(Shape, frozen=True, kw_only=True):
    """A deployment."""

    metadata: OwnedMetadata | None = None
    spec: DeploymentSpec | None = None
    status: DeploymentStatus | None = None


class ReplicaSet(Shape, frozen=True, kw_only=True):
    """One of a deployment's generations of pods."""

    metadata: OwnedMetadata


class Condition(Shape, frozen=True, kw_only=True):
    """One of a pod's."""

    type: str = ""
    status: str = ""


class Waiting(Shape, frozen=True, kw_only=True):
    """Why a container does not run."""

    reason: str = ""


class ContainerState(Shape, frozen=True, kw_only=True):
    """What a container does now."""

    waiting: Waiting | None = None


class Container(Shape, frozen=True, kw_only=True):
    """What became of one container."""

    restart_count: Int32 = 0
    state: ContainerState | None = None


class PodStatus(Shape, frozen=True, kw_only=True):
    """What became of a pod."""

    phase: str = ""
    conditions: list[Condition] | None = None
    init_container_statuses: list[Container] | None = None
    container_statuses: list[Container] | None = None


class PodMetadata(OwnedMetadata, frozen=True, kw_only=True):
    """Whose it is, and whether it is on its way out."""

    name: str = ""
    deletion_timestamp: str | None = None


class Pod(Shape, frozen=True, kw_only=True):
    """One pod of a list."""

    metadata: PodMetadata
    status: PodStatus | None = None


class LeaseSpec(Shape, frozen=True, kw_only=True):
    """Who holds a lease, and since when."""

    holder_identity: str | None = None
    lease_duration_seconds: Int32 | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: Int32 | None = None


class Lease(Shape, frozen=True, kw_only=True):
    """A lease."""

    metadata: Metadata
    spec: LeaseSpec | None = None


class Granted(Shape, frozen=True, kw_only=True):
    """Whether we may."""

    allowed: bool = False


class AccessReview(Shape, frozen=True, kw_only=True):
    """The answer to whether we may."""

    status: Granted | None = None


class UserInfo(Shape, frozen=True, kw_only=True):
    """Whom the cluster takes us for."""

    username: str = ""


class Known(Shape, frozen=True, kw_only=True):
    """What the cluster knows of us."""

    user_info: UserInfo | None = None


class SubjectReview(Shape, frozen=True, kw_only=True):
    """The answer to who we are."""

    status: Known | None = None


class Details(Shape, frozen=True, kw_only=True):
    """What an error speaks of."""

    name: str | None = None
    causes: list[Any] | None = None


class Status(Shape, frozen=True, kw_only=True):
    """An error of the API."""

    message: str | None = None
    reason: str | None = None
    details: Details | None = None
