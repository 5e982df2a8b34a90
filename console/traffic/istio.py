"""The router that is an Istio VirtualService."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from console.cluster.api import JSON_PATCH, path_of
from console.cluster.rights import Right, check_rights
from console.cluster.shapes import shaped
from console.elsewhere import in_words
from console.errors import ClusterError, Conflict, Denied, NotFound, NotServed
from console.preflight import Check
from console.traffic import ground
from console.traffic.behind import check_behind
from console.traffic.mark_holders import check_marks
from console.traffic.marks import Marks, are_ours, other_driver, put_on, take_off, written_at
from console.traffic.other_routes import elsewhere
from console.traffic.owners import gitops_of, owner_of, rollout_that_uses
from console.traffic.rights import ARGO, ISTIO, ROLLOUTS, VIRTUAL_SERVICES
from console.traffic.router import CALL_S, Split
from console.traffic.shapes import RolloutList, VirtualService
from console.traffic.virtual_service import Place, changed_by, find_route, patch_for, version_for

if TYPE_CHECKING:
    from console.cluster.api import Api, Json
    from console.plan.model import Plan

VERSIONS = ("v1", "v1beta1", "v1alpha3")


def paths_of(plan: Plan) -> tuple[str, ...]:
    """Give where the plan's object lies, in each version that a cluster may serve, the newest first."""
    return paths_to(plan.namespace, plan.driven.virtual_service)


def paths_to(namespace: str, name: str) -> tuple[str, ...]:
    """Give where an object lies, as `paths_of` does."""
    return tuple(
        path_of(group=ISTIO, version=version, namespace=namespace, plural=VIRTUAL_SERVICES, name=name)
        for version in VERSIONS
    )


class Seen(Struct, frozen=True, kw_only=True):
    """The object as it was at one version: what a write is made from."""

    version: str
    place: Place
    owner: str
    """The controller that owns it, in words; empty where none does."""
    annotations: Json


class IstioVirtualService:
    """Splits requests by the weights of one HTTP route."""

    def __init__(
        self, api: Api, plan: Plan, *, rights: tuple[Right, ...], marks: Marks, deadline_s: float = CALL_S
    ) -> None:
        """`deadline_s` is what each look of the preflight is given."""
        self._api = api
        self._rights = rights
        self._marks = marks
        self._plan = plan
        self._router = plan.driven
        self._deadline_s = deadline_s
        self._served: str | None = None
        self._seen: Seen | None = None

    @property
    def name(self) -> str:
        """The object as people say it: `shop/checkout`."""
        return f"{self._plan.namespace}/{self._router.virtual_service}"

    async def read(self, *, deadline_s: float = CALL_S) -> Split:
        """Read the weights in force."""
        return self._take(await self._get(deadline_s))

    async def write(self, weight: int, *, base: Split, deadline_s: float = CALL_S) -> Split:
        """Set both weights, on condition that the object is still at `base.version`.

        More weight is refused where the object has an owner or other destinations get requests too; taking
        the canary's weight away never is.
        """
        if self._seen is None or self._seen.version != base.version:
            await self.read(deadline_s=deadline_s)
        seen = self._seen
        if seen is None or seen.version != base.version:
            raise Conflict(f"Virtual service {self.name} has changed since it was read.")
        if weight > seen.place.percent and (objection := self._objection(seen)):
            raise ClusterError(f"Virtual service {self.name} can't be driven: {objection}.")
        annotations = seen.annotations
        marks = put_on(annotations, self._marks, at=time.time()) if weight else take_off(annotations)
        patch = patch_for(seen.place, weight=weight, version=seen.version) + marks
        return await self._patch(patch, deadline_s=deadline_s)

    async def sign_off(self) -> None:
        """Take our marks off the object and leave its weights; marks that are not ours stay."""
        if (await self.read()).driver:
            return
        seen = self._seen
        assert seen is not None
        if marks := take_off(seen.annotations):
            await self._patch([version_for(seen.version), *marks], deadline_s=self._deadline_s)

    async def preflight(self) -> tuple[Check, ...]:
        """Look at everything that a release will need, and write nothing."""
        reached = await ground.check_cluster(self._api, deadline_s=self._deadline_s)
        if not reached.ok:
            return (reached,)
        return (
            reached,
            *await self._check_object(),
            await check_rights(
                self._api, self._rights, namespace=self._plan.namespace, deadline_s=self._deadline_s
            ),
            await self._check_deployment(self._plan.stable.deployment),
            await self._check_deployment(self._plan.canary.deployment),
            *await self._check_behind(),
        )

    async def _patch(self, patch: list[Json], *, deadline_s: float) -> Split:
        """Send a patch that is conditional on the version last read.

        Where the kind is not served as it was the object is read anew; another one is a conflict.
        """
        seen = self._seen
        try:
            obj = await self._send(patch, deadline_s=deadline_s)
        except NotServed:
            await self.read(deadline_s=deadline_s)
            if seen is None or self._seen is None or self._seen.version != seen.version:
                raise Conflict(f"Virtual service {self.name} was made anew since it was read.") from None
            obj = await self._send(patch, deadline_s=deadline_s)
        return self._take(shaped(obj, VirtualService))

    async def _send(self, patch: list[Json], *, deadline_s: float) -> Json:
        path = self._path(self._served or VERSIONS[0])
        return await self._api.patch(path, patch, content_type=JSON_PATCH, deadline_s=deadline_s)

    def _path(self, version: str) -> str:
        return path_of(
            group=ISTIO,
            version=version,
            namespace=self._plan.namespace,
            plural=VIRTUAL_SERVICES,
            name=self._router.virtual_service,
        )

    async def _get(self, deadline_s: float) -> Json:
        """Read the object in the version that was served last, else in the newest that is served now.

        A definition can be installed anew with other versions, so what was served once is only tried first.
        """
        known = [self._served] if self._served else []
        for version in (*known, *(each for each in VERSIONS if each != self._served)):
            try:
                obj = await self._api.get(self._path(version), deadline_s=deadline_s)
            except NotServed:
                continue
            self._served = version
            return shaped(obj, VirtualService)
        raise NotServed(
            "The cluster knows no Istio VirtualServices.",
            hint="Check the context; Istio's CRDs come with `istioctl install` or the istio/base chart.",
        )

    def _take(self, obj: Json) -> Split:
        """Remember the object as the base of the next write, and say its split."""
        place = find_route(obj, self._router)
        version = str(obj["metadata"]["resourceVersion"])
        annotations = obj["metadata"].get("annotations") or {}
        self._seen = Seen(version=version, place=place, owner=owner_of(obj), annotations=annotations)
        return Split(
            weight=place.percent,
            version=version,
            changed_by=changed_by(obj),
            elsewhere=elsewhere(obj, self._plan, place),
            driver=other_driver(annotations, self._marks),
            driven_at=written_at(annotations),
            marked=are_ours(annotations, self._marks),
            uid=str(obj["metadata"].get("uid") or ""),
        )

    def _objection(self, seen: Seen) -> str:
        if seen.owner:
            return seen.owner
        if seen.place.others:
            return f"other destinations of its route have a weight of {seen.place.others}"
        return ""

    async def _check_object(self) -> tuple[Check, ...]:
        label = f"virtual service {self.name}"
        try:
            obj = await self._get(self._deadline_s)
        except ClusterError as error:
            return (Check(name=label, ok=False, words=error.with_hint),)
        found = Check(name=label, ok=True, words=f"found, served as {ISTIO}/{self._served}")
        return (
            found,
            self._check_route(obj),
            *self._other_routes(obj),
            *await self._check_marks(obj),
            await self._check_owner(obj),
        )

    async def _check_marks(self, obj: Json) -> tuple[Check, ...]:
        annotations = obj["metadata"].get("annotations") or {}
        leased = self._marks.way_back is None or self._marks.way_back.leased
        return await check_marks(
            self._api, self._plan, annotations, self._marks, leased=leased, deadline_s=self._deadline_s
        )

    def _other_routes(self, obj: Json) -> tuple[Check, ...]:
        """Name what the release does not move: a person may take `all traffic` for more than one route."""
        try:
            found = elsewhere(obj, self._plan, find_route(obj, self._router))
        except ClusterError:
            return ()  # the check of the route says it
        if not found:
            return ()
        words = f"this release moves one route of {self.name}, and not these: {in_words(found)}"
        return (Check(name=f"other routes of {self.name}", ok=True, words=words, warning=True),)

    def _check_route(self, obj: Json) -> Check:
        label = f"route of {self.name}"
        try:
            place = find_route(obj, self._router)
        except ClusterError as error:
            return Check(name=label, ok=False, words=error.with_hint)
        if place.others:
            words = f"other destinations have a weight of {place.others}; set it to 0 for the release"
            return Check(name=label, ok=False, words=words)
        if place.exact_percent != place.percent:
            words = f"its weights {place.weights} are not whole percent; write them as percent first"
            return Check(name=label, ok=False, words=words)
        return Check(
            name=label, ok=True, words=f"canary gets {place.percent}%, stable {100 - place.percent}%"
        )

    async def _check_owner(self, obj: Json) -> Check:
        label = f"owner of {self.name}"
        owner = owner_of(obj)
        if not owner and (rollout := await self._rollout()):
            owner = f"the Argo Rollout {rollout} steers it"
        if owner:
            words = (
                f"{owner}, and would undo our weights; drive the release there, or take the object from it"
            )
            return Check(name=label, ok=False, words=words)
        if tool := gitops_of(obj):
            words = f"{tool} applies it: make sure that it ignores .spec.http[].route[].weight"
            return Check(name=label, ok=True, words=words)
        return Check(name=label, ok=True, words="no controller owns it")

    async def _check_behind(self) -> tuple[Check, ...]:
        """Follow the route's destinations to their pods; where there is no such route, its check says so."""
        try:
            place = find_route(await self._get(self._deadline_s), self._router)
        except ClusterError:
            return ()
        return await check_behind(
            self._api,
            self._plan,
            stable=place.stable_destination,
            canary=place.canary_destination,
            deadline_s=self._deadline_s,
        )

    async def _rollout(self) -> str:
        """Look for an Argo Rollout that names our object; where we may not look, the check of rights says."""
        path = path_of(group=ARGO, version="v1alpha1", namespace=self._plan.namespace, plural=ROLLOUTS)
        try:
            rollouts = await self._api.get(path, deadline_s=self._deadline_s)
        except (NotFound, Denied):
            return ""
        return rollout_that_uses(shaped(rollouts, RolloutList), self._router.virtual_service)

    async def _check_deployment(self, name: str) -> Check:
        return await ground.check_deployment(
            self._api, namespace=self._plan.namespace, name=name, deadline_s=self._deadline_s
        )
