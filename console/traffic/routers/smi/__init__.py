"""The router that is a TrafficSplit: the weights of two of its Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routers.smi import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.smi.shapes import TrafficRouting, TrafficSplit, steered
from console.traffic.routers.smi.traffic_split import (
    Backends,
    backends_of,
    find_backends,
    is_meant,
    patch_for,
    weights_of,
)
from console.traffic.shapes import RolloutList
from console.traffic.shares import percents, sent

Json = dict[str, Any]

LONGEST_BACKENDS_CHARS = 200
"""Characters of the backends, or of the groups of `matches`, that are quoted."""


class TrafficSplits(ObjectKind[Settings, Backends]):
    """The Service Mesh Interface's."""

    NAME = "smi"
    GROUP = "split.smi-spec.io"
    # Linkerd's definition serves v1alpha1 and v1alpha2 of one object; only v1alpha1 takes a quantity.
    VERSIONS = ("v1alpha4", "v1alpha3", "v1alpha1", "v1alpha2")
    PLURAL = "trafficsplits"
    TITLE = "TrafficSplit"
    NOT_SERVED = (
        "The cluster knows no TrafficSplits.",
        "Check the context; the CRD comes with the mesh, Linkerd's since 2.12 with `linkerd smi install`.",
    )
    SHAPE = TrafficSplit
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.backends[].weight"
    LIST = "backends"

    def find(self, obj: Json, settings: Settings) -> Backends:
        """Find the two backends."""
        return find_backends(obj, settings)

    def patch(self, place: Backends, weight: int) -> list[Json]:
        """Set both weights; their sum stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def elsewhere(self, obj: Json, plan: Plan, place: Backends) -> tuple[Elsewhere, ...]:
        """Return the third backends."""
        names = [str(each.get("service", "")) for each in backends_of(obj)]
        return tuple(sent(f"the split of {literal(place.service)}", place.weights, names, plan, beside=place))

    def steered_by(self, rollout: Json) -> list[str]:
        """Name the one of its SMI section."""
        return steered(rollout)

    def leads(self, place: Backends, at: int) -> Json:
        """Say it of a Service."""
        return leads_to(str(place.backends[at]["service"]), None)

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say that nothing in it tells who serves it, and for which requests alone it counts."""
        service = literal(str((obj.get("spec") or {}).get("service", "")))
        words = (
            f"nothing in it tells: a mesh that follows TrafficSplits splits what is sent to {service};"
            " Linkerd does since 2.12 only with its SMI extension"
        )
        served = Check(name=f"who serves {name}", ok=True, words=words)
        groups = ", ".join(str(each.get("name", "")) for each in (obj.get("spec") or {}).get("matches") or ())
        if not groups:
            return (served,)
        words = (
            f"it is for the requests of {literal(groups, longest=LONGEST_BACKENDS_CHARS)} alone, and a mesh"
            " may leave that out of account: its weights are not those of all traffic"
        )
        return (served, Check(name=f"matches of {name}", ok=True, words=words, warning=True))

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - its Services are of its own namespace
        """Yield the split, if it fits."""
        entry = other_than(named.stable, backends_of(obj), is_meant=is_meant)
        canary = named.canary or (Backend(service=str(entry["service"])) if entry.get("service") else None)
        if canary is None:
            return
        settings = Settings(traffic_split=name, stable=named.stable, canary=canary)
        if self.fits(obj, settings):
            yield settings

    def sends(self, obj: Json) -> str:
        """Say where it sends."""
        backends = backends_of(obj)
        names = (f"service:{each.get('service')}" for each in backends)
        return percents([*zip(names, weights_of(backends)[0], strict=True)])


KIND = TrafficSplits()
