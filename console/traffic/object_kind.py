"""What a router that is one Kubernetes object says of it: all else is `console.traffic.object_router`'s."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from msgspec import Struct

from console.cluster.api import FIELD_MANAGER, path_of
from console.errors import NotAsPlanned
from console.traffic.behind import check_behind
from console.traffic.place import Place
from console.traffic.rights import named, rights_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from console.cluster.api import Api
    from console.cluster.rights import Right
    from console.cluster.shapes import Shape
    from console.elsewhere import Elsewhere
    from console.plan.model import Plan
    from console.plan.routed import Settings
    from console.preflight import Check

Json = dict[str, Any]


class Named(Struct, frozen=True, kw_only=True):
    """What a person has named of an object whose release is lost: the destinations as its kind reads them."""

    stable: Any = None
    canary: Any = None
    http_route: str | None = None


S = TypeVar("S")
"""What the plan says of the router."""
P = TypeVar("P", bound=Place)


class ObjectKind(ABC, Generic[S, P]):
    """One kind."""

    NAME: ClassVar[str]
    """As plans call it."""
    GROUP: ClassVar[str]
    VERSIONS: ClassVar[tuple[str, ...]]
    """Those that a cluster may serve, the newest first."""
    PLURAL: ClassVar[str]
    TITLE: ClassVar[str]
    """What people call one, without a capital: `virtual service`."""
    NOT_SERVED: ClassVar[tuple[str, str]]
    """The error where the cluster does not serve the kind, and its mend."""
    SHAPE: ClassVar[type[Shape]]
    """What the object must look like to be read."""
    ROLLOUTS: ClassVar[type[Shape]]
    """What a list of Argo Rollouts must look like to be asked which of these objects they steer."""
    WEIGHTS: ClassVar[str]
    """Where the weights stand, for a GitOps tool that should leave them alone."""
    LIST: ClassVar[str]
    """The atomic list of its spec in which they stand: the last writer of any part owns it as a whole."""

    @abstractmethod
    def find(self, obj: Json, settings: S) -> P:
        """Find the two destinations; raises `NotAsPlanned`, with how to mend it, where they can't be told."""

    @abstractmethod
    def patch(self, place: P, weight: int) -> list[Json]:
        """Write the operations of a JSON patch that set both weights, if the destinations are still there."""

    def owns_weights(self, fields: Json) -> bool:
        """Whether the owner of these fields, an entry of managedFields, has written the weights last."""
        return f"f:{self.LIST}" in (fields.get("f:spec") or {})

    @abstractmethod
    def elsewhere(self, obj: Json, plan: Plan, place: P) -> tuple[Elsewhere, ...]:
        """Return what the object sends besides what a release moves."""

    def rights(self, plan: Plan) -> tuple[Right, ...]:
        """Return the rights in the plan's namespace that a release needs, but for its lease's."""
        return (*self.rights_to_move(plan.driven.target), *rights_around(plan))

    @abstractmethod
    def steered_by(self, rollout: Json) -> list[str]:
        """Name the objects of this kind that an Argo Rollout steers."""

    async def check_behind(self, api: Api, plan: Plan, place: P, *, deadline_s: float) -> tuple[Check, ...]:
        """Follow both destinations to their pods."""
        stable, canary = (self.leads(place, at) for at in (place.stable, place.canary))
        return await check_behind(api, plan, stable=stable, canary=canary, deadline_s=deadline_s)

    def leads(self, place: P, at: int) -> Json:
        """Say where one of the place's destinations leads, as `console.traffic.behind` takes it."""
        raise NotImplementedError

    def is_steered(self, rollout: Json, settings: Settings) -> bool:
        """Whether an Argo Rollout steers what these settings drive."""
        return settings.target in self.steered_by(rollout)

    def made_from(self, _settings: S) -> str:
        """Name the object of this kind from which an absent one is made; empty where none is made."""
        return ""

    def make(self, source: Json, settings: S, *, weight: int) -> Json:
        """Write an object for one that is absent; raises `NotAsPlanned` where that can't be."""
        raise NotImplementedError

    def is_made(self, _obj: Json) -> bool:
        """Whether a release made the object, so that it is removed with the canary's last weight."""
        return False

    def is_idle(self, _place: P, _weight: int) -> bool:
        """Whether an object that a release made takes no requests while the canary gets this percent."""
        return False

    def uid_of(self, obj: Json) -> str:
        """Return what tells the object from others of its name: nothing where each release makes its own."""
        return "" if self.is_made(obj) else str(obj["metadata"].get("uid") or "")

    def generation_of(self, obj: Json) -> int:
        """Return the API server's count of changes; 0 where each release makes an object of its own."""
        return 0 if self.is_made(obj) else int(obj["metadata"].get("generation") or 0)

    def check_served(self, _obj: Json, _name: str) -> tuple[Check, ...]:
        """Say what the object's status tells of who serves it; nothing where the kind has none."""
        return ()

    @abstractmethod
    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[S]:
        """Return the settings of each part of the object that fits what a person has named."""

    @abstractmethod
    def sends(self, obj: Json) -> str:
        """Say where each part of the object sends: what a person needs to name both destinations."""

    def fits(self, obj: Json, settings: S) -> bool:
        """Whether the object has both destinations as these settings name them."""
        try:
            self.find(obj, settings)
        except NotAsPlanned:
            return False
        return True

    def paths(self, namespace: str, name: str) -> tuple[str, ...]:
        """Return where an object lies, in each version that a cluster may serve, the newest first."""
        return tuple(self.path(version, namespace, name) for version in self.VERSIONS)

    def path(self, version: str, namespace: str, name: str) -> str:
        """Return where an object lies in one version."""
        return path_of(group=self.GROUP, version=version, namespace=namespace, plural=self.PLURAL, name=name)

    def rights_to_move(self, name: str) -> tuple[Right, ...]:
        """Return the rights to the object itself."""
        return tuple(named(verb, self.GROUP, self.PLURAL, name) for verb in ("get", "patch"))

    def changed_by(self, obj: Json) -> str:
        """Name who wrote the weights last; empty where the object does not tell."""
        return _last_of(entry for entry in _written(obj) if self.owns_weights(entry.get("fieldsV1") or {}))


def wanted_by(obj: Json) -> str:
    """Name who changed last what the object wants, any of its spec; empty where it does not tell."""
    return _last_of(entry for entry in _written(obj) if (entry.get("fieldsV1") or {}).get("f:spec"))


def _written(obj: Json) -> list[Json]:
    return obj.get("metadata", {}).get("managedFields") or []


def _last_of(entries: Iterable[Json]) -> str:
    """Name the writer of the latest; of several in one second a pithead: it may have been the last."""
    none: Json = {}
    last = max(entries, key=lambda each: (str(each.get("time", "")), _by_a_pithead(each)), default=none)
    return str(last.get("manager", ""))


def _by_a_pithead(entry: Json) -> bool:
    return entry.get("manager") == FIELD_MANAGER
