"""The router that is a Consul ServiceSplitter: the weights of two of its splits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.cluster.api import Api
from console.cluster.rights import Right
from console.elsewhere import Elsewhere
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routers.consul import Destination, Settings
from console.preflight import Check
from console.traffic.backends import leads_to
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.consul.resolver import check_subsets, rights_to_resolvers
from console.traffic.routers.consul.shapes import ServiceSplitter, TrafficRouting, steered
from console.traffic.routers.consul.splitter import (
    PARTS,
    Splits,
    find_splits,
    is_meant,
    patch_for,
    service_of,
    splits_of,
    weight_of,
)
from console.traffic.routers.consul.synced import check_synced
from console.traffic.shapes import RolloutList
from console.traffic.shares import sent

Json = dict[str, Any]

LONGEST_SPLITS_CHARS = 200
"""Characters of the splits that are quoted."""


class ServiceSplitters(ObjectKind[Settings, Splits]):
    """Consul's."""

    NAME = "consul"
    GROUP = "consul.hashicorp.com"
    VERSIONS = ("v1alpha1",)
    PLURAL = "servicesplitters"
    TITLE = "ServiceSplitter"
    NOT_SERVED = (
        "The cluster knows no Consul ServiceSplitters.",
        "Check the context; the CRDs come with Consul's Helm chart.",
    )
    SHAPE = ServiceSplitter
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.splits[].weight"
    LIST = "splits"

    def find(self, obj: Json, settings: Settings) -> Splits:
        """Find the two splits."""
        return find_splits(obj, settings)

    def patch(self, place: Splits, weight: int) -> list[Json]:
        """Set both weights, in percent."""
        return patch_for(place, weight=weight)

    def elsewhere(self, obj: Json, plan: Plan, place: Splits) -> tuple[Elsewhere, ...]:
        """Return the third splits."""
        names = [_name(split, place.own_name) for split in splits_of(obj)]
        return tuple(sent(f"ServiceSplitter {place.own_name}", place.weights, names, plan, beside=place))

    def rights(self, plan: Plan) -> tuple[Right, ...]:
        """Return those to the object, those that any cluster is asked for, and those to the subsets."""
        settings = plan.driven
        assert isinstance(settings, Settings)
        by_subset = (each for each in (settings.stable, settings.canary) if each.subset)
        services = [each.service or settings.service_splitter for each in by_subset]
        return (*super().rights(plan), *rights_to_resolvers(services))

    def steered_by(self, rollout: Json) -> list[str]:
        """Name those of the Consul plugin."""
        return steered(rollout)

    async def check_behind(
        self, api: Api, plan: Plan, place: Splits, *, deadline_s: float
    ) -> tuple[Check, ...]:
        """Follow both services, or their subsets, to their pods."""
        ours = [place.splits[at] for at in (place.stable, place.canary)]
        subsets = [str(split.get("serviceSubset") or "") for split in ours]
        if not any(subsets):
            return await super().check_behind(api, plan, place, deadline_s=deadline_s)
        services = [service_of(split, place.own_name) for split in ours]
        return await check_subsets(api, plan, services, subsets, deadline_s=deadline_s)

    def leads(self, place: Splits, at: int) -> Json:
        """Say it of a service."""
        return leads_to(service_of(place.splits[at], place.own_name), None)

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say whether Consul has taken it over as it is."""
        return check_synced(obj, name)

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - the kind's shape
        """Yield the splitter, if it fits."""
        canary = named.canary or _other_than(named.stable, splits_of(obj), name)
        if canary is None:
            return
        settings = Settings(service_splitter=name, stable=named.stable, canary=canary)
        if self.fits(obj, settings):
            yield settings

    def sends(self, obj: Json) -> str:
        """Say where each split goes."""
        return literal(", ".join(_split(split) for split in splits_of(obj)), longest=LONGEST_SPLITS_CHARS)


KIND = ServiceSplitters()


def _name(split: Json, own_name: str) -> str:
    parts = (split.get("namespace"), service_of(split, own_name), split.get("serviceSubset"))
    return "/".join(str(part) for part in parts if part)


def _other_than(stable: Destination, splits: list[Json], own_name: str) -> Destination | None:
    """Return the other one of two splits."""
    others = [split for split in splits if not is_meant(split, stable, own_name)]
    if len(splits) != 2 or len(others) != 1:  # noqa: PLR2004 - stable and another one
        return None
    return Destination(service=others[0].get("service"), subset=others[0].get("serviceSubset"))


def _split(split: Json) -> str:
    keys = (("service", "service"), ("subset", "serviceSubset"))
    named = ",".join(f"{name}:{split[key]}" for name, key in keys if split.get(key)) or "the service itself"
    return f"{named} {weight_of(split) / PARTS:g}%"
