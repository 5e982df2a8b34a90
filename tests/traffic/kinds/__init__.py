"""What the conformance suite has to know of each kind of router: one module a kind, of its name."""

from __future__ import annotations

from copy import deepcopy
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from console.cluster.api import MERGE_PATCH
from console.traffic.registry import object_of, open_router
from tests.traffic.ground import DEADLINE_S, plan_for

if TYPE_CHECKING:
    from console.plan.routed import Settings
    from console.traffic.marks import Marks
    from console.traffic.router import Router
    from tests.traffic.ground import Shop

Json = dict[str, Any]


class Sample(Protocol):
    """Objects of one kind, all called `checkout`: a module."""

    SETTINGS: Settings
    """What a plan says of `plain` ones."""
    NAMED: Settings
    """And of `rich` ones."""
    STABLE: str
    """Stable, as a person names it on the command line."""
    STEERED: Json | None
    """How an Argo Rollout says, in its `trafficRouting`, that it steers the object; None where none does."""
    TAKES_OTHERS: bool
    """Whether more than two versions can share its requests."""

    def plain(self, *weights: int) -> Json:
        """Write one with these weights: stable's, the canary's, and those of others."""

    def rich(self, stable: int, canary: int) -> Json:
        """Write one with all that a real one has around the two weights, other routes too."""

    def swapped(self, *weights: int) -> Json:
        """Write one as `plain` does, with stable and canary in each other's place."""

    def targets(self, obj: Json) -> tuple[Json, Json]:
        """Give the parts of it that hold the two weights, under `weight`: stable's, and the canary's."""

    def status(self, obj: Json) -> Json | None:
        """Write the status that who serves it gives an object; None where the kind has none."""

    async def lay_behind(self, shop: Shop) -> None:
        """Store what stands behind the two destinations, where the server has that."""


def sample_of(name: str) -> Sample:
    """Give a kind's."""
    return cast("Sample", import_module(f"{__name__}.{name}"))


def wanted(obj: Json) -> Json:
    """Write what makes another object want the same: a merge patch of its spec, and of its annotations."""
    annotations = obj["metadata"].get("annotations")
    return {"spec": obj["spec"], **({"metadata": {"annotations": annotations}} if annotations else {})}


class Stand:
    """One namespace of one test, and the object of one kind in it."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        self.kind = object_of(name)
        self.sample = sample_of(name)

    def drive(self, settings: Settings | None = None, *, marks: Marks, cluster: Any = None) -> Router:
        """Open the router of a plan."""
        plan = plan_for(self.shop.namespace, settings or self.sample.SETTINGS)
        return open_router(cluster or self.shop.cluster, plan, marks=marks, deadline_s=DEADLINE_S)

    async def put(self, obj: Json) -> Json:
        """Store an object, as who serves it leaves it."""
        whole = deepcopy(obj)
        whole["metadata"]["namespace"] = self.shop.namespace
        path, query = self._path.rpartition("/")[0], {"fieldManager": "ground"}
        stored = await self.shop.cluster.post(path, whole, query=query, deadline_s=DEADLINE_S)
        if (status := self.sample.status(stored)) is not None:
            return await self._patch("/status", {"status": status}, manager="controller")
        return stored

    async def get(self) -> Json:
        """Read it as it is."""
        return await self.shop.cluster.get(self._path, deadline_s=DEADLINE_S)

    async def change(self, patch: Json, *, manager: str) -> Json:
        """Change it as somebody else would."""
        return await self._patch("", patch, manager=manager)

    @property
    def _path(self) -> str:
        return self.kind.path(self.kind.VERSIONS[0], self.shop.namespace, "checkout")

    async def _patch(self, below: str, patch: Json, *, manager: str) -> Json:
        return await self.shop.cluster.patch(
            self._path + below,
            patch,
            content_type=MERGE_PATCH,
            query={"fieldManager": manager},
            deadline_s=DEADLINE_S,
        )
