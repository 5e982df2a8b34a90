"""The router that is a canary Ingress: the weight in its annotations, served by ingress-nginx or Traefik."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.cluster.api import Api
from console.cluster.rights import Right
from console.cluster.shapes import shaped
from console.elsewhere import Elsewhere
from console.errors import ClusterError, NotFound
from console.plan.backend import Backend
from console.plan.exposure import FULL
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routed import Settings as AnySettings
from console.plan.routers.nginx_ingress import SUFFIX, Settings, settings_of
from console.preflight import Check
from console.traffic.backends import leads_to
from console.traffic.behind import check_behind
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.rights import named as right_to
from console.traffic.rights import rights_around
from console.traffic.routers.nginx_ingress.canary_ingress import (
    COOKIE,
    HEADER,
    MADE,
    TOTAL,
    WEIGHT,
    Share,
    annotations_of,
    backends_of,
    find_share,
    is_meant,
    make,
    patch_for,
    port_of,
)
from console.traffic.routers.nginx_ingress.served import check_beside, check_class
from console.traffic.routers.nginx_ingress.shapes import Ingress, TrafficRouting, steered
from console.traffic.shapes import RolloutList

Json = dict[str, Any]

LONGEST_VALUE_CHARS = 60
"""Characters of a header's or a cookie's name that are quoted."""


class CanaryIngresses(ObjectKind[Settings, Share]):
    """Those of ingress-nginx."""

    NAME = "nginx_ingress"
    GROUP = "networking.k8s.io"
    VERSIONS = ("v1",)
    PLURAL = "ingresses"
    TITLE = "canary Ingress"
    NOT_SERVED = ("The cluster knows no Ingresses.", "Check the context; Kubernetes has them since 1.19.")
    SHAPE = Ingress
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = f'.metadata.annotations["{WEIGHT}"] and "{TOTAL}"'

    def find(self, obj: Json, settings: Settings) -> Share:
        """Find what it takes of the requests."""
        return find_share(obj, settings)

    def patch(self, place: Share, weight: int) -> list[Json]:
        """Set the weight; the total stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def owns_weights(self, fields: Json) -> bool:
        """Whether it is the annotation of the weight."""
        return f"f:{WEIGHT}" in ((fields.get("f:metadata") or {}).get("f:annotations") or {})

    def elsewhere(self, obj: Json, plan: Plan, place: Share) -> tuple[Elsewhere, ...]:
        """Return the requests that it takes by a header or a cookie, whatever the weight."""
        version, notes = plan.stable if place.flipped else plan.canary, annotations_of(obj)
        return tuple(
            Elsewhere(
                where=f"a {what} {literal(str(notes[note]), longest=LONGEST_VALUE_CHARS)}",
                to=version.name,
                stable=place.flipped,
                canary=not place.flipped,
            )
            for note, what in ((HEADER, "header"), (COOKIE, "cookie"))
            if notes.get(note)
        )

    def rights(self, plan: Plan) -> tuple[Right, ...]:
        """Return those to the canary Ingress, also to make and remove it, and to read the Ingress."""
        settings = plan.driven
        assert isinstance(settings, Settings)
        return (
            *self.rights_to_move(settings.target),
            right_to("delete", self.GROUP, self.PLURAL, settings.target),
            # A name can't narrow a creation.
            Right(verb="create", group=self.GROUP, plural=self.PLURAL),
            right_to("get", self.GROUP, self.PLURAL, settings.ingress),
            *rights_around(plan),
        )

    def steered_by(self, rollout: Json) -> list[str]:
        """Name the Ingresses of its nginx section, and its canary Ingresses of them."""
        return steered(rollout)

    def is_steered(self, rollout: Json, settings: AnySettings) -> bool:
        """Whether it steers the canary Ingress, or splits the same Ingress by another one."""
        assert isinstance(settings, Settings)
        return bool({settings.target, settings.ingress} & {*self.steered_by(rollout)})

    def made_from(self, settings: Settings) -> str:
        """Name the Ingress: its paths are the canary Ingress' paths."""
        return settings.ingress

    def make(self, source: Json, settings: Settings, *, weight: int) -> Json:
        """Write a canary Ingress with this percent."""
        return make(source, settings, weight=weight)

    def is_made(self, obj: Json) -> bool:
        """Whether it bears our note that a release made it."""
        return MADE in annotations_of(obj)

    def is_idle(self, place: Share, weight: int) -> bool:
        """Whether nothing is left for it: it takes the canary's share, or stable's where it leads there."""
        return weight == (FULL if place.flipped else 0)

    async def check_behind(
        self, api: Api, plan: Plan, place: Share, *, deadline_s: float
    ) -> tuple[Check, ...]:
        """Look at who serves it and at the Ingress beside it, and follow both Services to their pods."""
        settings = plan.driven
        assert isinstance(settings, Settings)
        ports = {each.service: each.port for each in (settings.stable, settings.canary)}
        ports[str(place.service["name"])] = _number(place.service)
        behind = await check_behind(
            api,
            plan,
            stable=leads_to(settings.stable.service, ports[settings.stable.service]),
            canary=leads_to(settings.canary.service, ports[settings.canary.service]),
            deadline_s=deadline_s,
        )
        return (*await self._beside(api, plan.namespace, place, settings, deadline_s=deadline_s), *behind)

    async def _beside(
        self, api: Api, namespace: str, place: Share, settings: Settings, *, deadline_s: float
    ) -> tuple[Check, ...]:
        """Look at the class of the canary Ingress, and at the Ingress that it takes requests from."""
        name = f"{namespace}/{settings.target}"
        try:
            path = self.path(self.VERSIONS[0], namespace, settings.ingress)
            ingress = shaped(await api.get(path, deadline_s=deadline_s), self.SHAPE)
            canary = await self._canary(api, ingress, namespace, settings, deadline_s=deadline_s)
        except ClusterError as error:
            return (Check(name=f"Ingress beside {name}", ok=False, words=error.with_hint),)
        return (
            await check_class(api, canary, name=name, deadline_s=deadline_s),
            check_beside(canary, ingress, place, settings, name=name),
        )

    async def _canary(
        self, api: Api, ingress: Json, namespace: str, settings: Settings, *, deadline_s: float
    ) -> Json:
        """Read the canary Ingress, or write the one that would be made."""
        try:
            path = self.path(self.VERSIONS[0], namespace, settings.target)
            return shaped(await api.get(path, deadline_s=deadline_s), self.SHAPE)
        except NotFound:
            return self.make(ingress, settings, weight=0)

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - an Ingress leads into its own namespace
        """Return what was named, if the canary Ingress leads to one of the two."""
        leads = [service for _, service in backends_of(obj)]
        canary = named.canary
        if canary is None and leads and not is_meant(leads[0], named.stable):
            canary = Backend(service=str(leads[0]["name"]), port=_number(leads[0]))
        if named.http_route is not None or canary is None:
            return
        ingress = str(annotations_of(obj).get(MADE) or name.removesuffix(SUFFIX))
        settings = settings_of(name, ingress=ingress, stable=named.stable, canary=canary)
        if self.fits(obj, settings):
            yield settings

    def sends(self, obj: Json) -> str:
        """Say where it leads, and how much it takes."""
        notes = annotations_of(obj)
        leads = ", ".join(sorted({str(service["name"]) for _, service in backends_of(obj)}))
        share = f"{notes.get(WEIGHT, 0)} of {notes.get(TOTAL, FULL)} requests"
        return literal(f"service:{leads} {share}", longest=4 * LONGEST_VALUE_CHARS)


KIND = CanaryIngresses()


def _number(service: Json) -> int | None:
    """Return the number of a Service's port; None where it has a name."""
    port = port_of(service)
    return port if isinstance(port, int) else None
