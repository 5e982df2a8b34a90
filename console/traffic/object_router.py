"""The router that is one Kubernetes object, whatever its kind."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from console.cluster.api import JSON_PATCH, Api, Json, path_of
from console.cluster.lease import is_unknown
from console.cluster.rights import Right, check_rights
from console.cluster.shapes import shaped
from console.elsewhere import in_words
from console.errors import ClusterError, Conflict, Denied, NotFound, NotServed
from console.plan.exposure import FULL, Exposure
from console.plan.model import Plan
from console.preflight import Check
from console.traffic import prerequisites
from console.traffic.mark_holders import check_marks
from console.traffic.marks import (
    Marks,
    are_ours,
    other_driver,
    other_worker,
    put_on,
    put_on_by_a_driver,
    take_off,
    written_at,
)
from console.traffic.object_kind import ObjectKind, wanted_by
from console.traffic.owners import gitops_of, owner_of
from console.traffic.place import Place
from console.traffic.rights import ARGO, ROLLOUTS
from console.traffic.router import CALL_S, Split

UNMADE = "unmade:"
"""How the version of an object begins that is not there and can be made; its source's has the rest."""


class Seen(Struct, frozen=True, kw_only=True):
    """The object as it was at one version: what a write is made from."""

    version: str
    place: Place
    owner: str
    """The controller that owns it, in words; empty where none does."""
    annotations: Json
    uid: str
    made: bool
    """Whether a release made it, and takes it away again."""
    source: Json | None
    """What it is made from where it is not there."""


class ObjectRouter:
    """Splits requests by two weights in one object."""

    def __init__(
        self,
        kind: ObjectKind[Any, Any],
        api: Api,
        plan: Plan,
        *,
        rights: tuple[Right, ...],
        marks: Marks,
        is_dead: Callable[[str], bool] = is_unknown,
        deadline_s: float = CALL_S,
    ) -> None:
        """`deadline_s` is what each look of the preflight is given; `is_dead` as `ClusterLease` has it."""
        self._kind = kind
        self._api = api
        self._rights = rights
        self._marks = marks
        self._is_dead = is_dead
        self._plan = plan
        self._settings = plan.driven
        self._deadline_s = deadline_s
        self._served: str | None = None
        self._seen: Seen | None = None
        self._source: Json | None = None
        """What an object that is not there was last written from."""

    @property
    def name(self) -> str:
        """The object as people say it: `shop/checkout`."""
        return f"{self._plan.namespace}/{self._settings.target}"

    @property
    def _called(self) -> str:
        return f"{self._kind.TITLE[0].upper()}{self._kind.TITLE[1:]} {self.name}"

    async def read(self, *, deadline_s: float = CALL_S) -> Split:
        """Read the weights in force."""
        return self._take(await self._get(deadline_s))

    async def write(self, exposure: Exposure, *, base: Split, deadline_s: float = CALL_S) -> Split:
        """Set both weights, on condition that the object is still at `base.version`.

        Raises `Conflict` where it is not, and `ClusterError` where more weight is refused or the call failed.

        More weight is refused where the object has an owner or other destinations get requests too; taking
        the canary's weight away never is.
        """
        if self._seen is None or self._seen.version != base.version:
            await self.read(deadline_s=deadline_s)
        seen = self._seen
        if seen is None or seen.version != base.version:
            raise Conflict(f"{self._called} has changed since it was read.")
        grows = exposure.reaches_beyond(Exposure(weight=seen.place.percent))
        if grows and (objection := self._objection(seen)):
            raise ClusterError(f"{self._called} can't be driven: {objection}.")
        if seen.source is not None:
            return await self._make(seen.source, exposure, base=base, deadline_s=deadline_s)
        idle = exposure.is_none and seen.made and self._kind.is_idle(seen.place, exposure.weight)
        if idle and await self._removed(seen, deadline_s=deadline_s):
            return await self.read(deadline_s=deadline_s)
        there = seen.annotations
        marks = take_off(there) if exposure.is_none else put_on(there, self._marks, at=time.time())
        patch = [version_for(seen.version), *self._kind.patch(seen.place, exposure.weight), *marks]
        return await self._patch(patch, deadline_s=deadline_s)

    async def sign_off(self) -> None:
        """Take our marks off the object and leave its weights; marks that are not ours stay.

        One that a release made and that takes nothing is removed.
        """
        if (await self.read()).driver:
            return
        seen = self._seen
        assert seen is not None
        idle = seen.made and self._kind.is_idle(seen.place, seen.place.percent)
        if idle and await self._removed(seen, deadline_s=self._deadline_s):
            return
        if marks := take_off(seen.annotations):
            await self._patch([version_for(seen.version), *marks], deadline_s=self._deadline_s)

    async def preflight(self) -> tuple[Check, ...]:
        """Look at everything that a release will need, and write nothing."""
        reached = await prerequisites.check_cluster(self._api, deadline_s=self._deadline_s)
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

    async def _make(self, source: Json, exposure: Exposure, *, base: Split, deadline_s: float) -> Split:
        """Make the object with its first weight and our marks; one that is there by now is a conflict."""
        if exposure.is_none:
            return base
        obj = self._kind.make(source, self._settings, weight=exposure.weight)
        marks = self._marks.annotations(at=time.time())
        obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), **marks}
        path = self._path(self._served or self._kind.VERSIONS[0]).rpartition("/")[0]
        stored = await self._api.post(path, obj, deadline_s=deadline_s)
        return self._take(shaped(stored, self._kind.SHAPE))

    async def _removed(self, seen: Seen, *, deadline_s: float) -> bool:
        """Remove the object if it is as it was read, or gone by an earlier try; False where we may not."""
        path = self._path(self._served or self._kind.VERSIONS[0])
        only = {"uid": seen.uid, "resourceVersion": seen.version}
        try:
            await self._api.delete(path, only=only, deadline_s=deadline_s)
        except NotFound:
            return True
        except Denied:
            return False
        return True

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
                raise Conflict(f"{self._called} was made anew since it was read.") from None
            obj = await self._send(patch, deadline_s=deadline_s)
        return self._take(shaped(obj, self._kind.SHAPE))

    async def _send(self, patch: list[Json], *, deadline_s: float) -> Json:
        path = self._path(self._served or self._kind.VERSIONS[0])
        return await self._api.patch(path, patch, content_type=JSON_PATCH, deadline_s=deadline_s)

    def _path(self, version: str) -> str:
        return self._kind.path(version, self._plan.namespace, self._settings.target)

    async def _get(self, deadline_s: float) -> Json:
        """Read the object in the version that was served last, else in the newest that is served now.

        A definition can be installed anew with other versions, so what was served once is only tried first.
        """
        known = [self._served] if self._served else []
        for version in (*known, *(each for each in self._kind.VERSIONS if each != self._served)):
            try:
                obj = await self._found_or_unmade(version, deadline_s)
            except NotServed:
                continue
            self._served = version
            return shaped(obj, self._kind.SHAPE)
        words, hint = self._kind.NOT_SERVED
        raise NotServed(words, hint=hint)

    async def _found_or_unmade(self, version: str, deadline_s: float) -> Json:
        """Read the object, or what would be made where it is not there: that one has no weight yet."""
        name = self._kind.made_from(self._settings)
        try:
            return await self._api.get(self._path(version), deadline_s=deadline_s)
        except NotFound as error:
            if isinstance(error, NotServed) or not name:
                raise
        path = self._kind.path(version, self._plan.namespace, name)
        source = shaped(await self._api.get(path, deadline_s=deadline_s), self._kind.SHAPE)
        obj = self._kind.make(source, self._settings, weight=0)
        obj["metadata"]["resourceVersion"] = f"{UNMADE}{source['metadata']['resourceVersion']}"
        self._source = source
        return obj

    def _take(self, obj: Json) -> Split:
        """Remember the object as the base of the next write, and say its split."""
        place = self._kind.find(obj, self._settings)
        version = str(obj["metadata"]["resourceVersion"])
        annotations = obj["metadata"].get("annotations") or {}
        by = self._kind.changed_by(obj)
        self._seen = Seen(
            version=version,
            place=place,
            owner=owner_of(obj, changed_by=by),
            annotations=annotations,
            uid=str(obj["metadata"].get("uid") or ""),
            made=self._kind.is_made(obj),
            source=self._source if version.startswith(UNMADE) else None,
        )
        return Split(
            exposure=Exposure(weight=place.percent),
            version=version,
            changed_by=by,
            wanted_by=wanted_by(obj),
            elsewhere=self._kind.elsewhere(obj, self._plan, place),
            driver=other_driver(annotations, self._marks),
            driven_at=written_at(annotations),
            driver_wrote=put_on_by_a_driver(obj),
            marked=are_ours(annotations, self._marks),
            worker=other_worker(annotations, self._marks),
            uid=self._kind.uid_of(obj),
            generation=self._kind.generation_of(obj),
        )

    def _objection(self, seen: Seen) -> str:
        if seen.owner:
            return seen.owner
        if seen.place.others:
            others = seen.place.own(seen.place.others)
            return f"other destinations of its route have a weight of {others}"
        return ""

    async def _check_object(self) -> tuple[Check, ...]:
        label = f"{self._kind.TITLE} {self.name}"
        try:
            obj = await self._get(self._deadline_s)
        except ClusterError as error:
            return (Check(name=label, ok=False, words=error.with_hint),)
        words = f"found, served as {self._kind.GROUP}/{self._served}"
        if str(obj["metadata"]["resourceVersion"]).startswith(UNMADE):
            source = self._kind.made_from(self._settings)
            words = f"not there: the first weight makes it, from {self._plan.namespace}/{source}"
        found = Check(name=label, ok=True, words=words)
        return (
            found,
            self._check_route(obj),
            *self._kind.check_served(obj, self.name),
            *self._other_routes(obj),
            *await self._check_marks(obj),
            await self._check_owner(obj),
        )

    async def _check_marks(self, obj: Json) -> tuple[Check, ...]:
        annotations = obj["metadata"].get("annotations") or {}
        leased = self._marks.way_back is None or self._marks.way_back.leased
        return await check_marks(
            self._api,
            self._plan,
            annotations,
            self._marks,
            leased=leased,
            is_dead=self._is_dead,
            deadline_s=self._deadline_s,
        )

    def _other_routes(self, obj: Json) -> tuple[Check, ...]:
        """Name what the release does not move: a person may take `all traffic` for more than one route."""
        try:
            found = self._kind.elsewhere(obj, self._plan, self._kind.find(obj, self._settings))
        except ClusterError:
            return ()  # the check of the route says it
        if not found:
            return ()
        words = f"this release moves one route of {self.name}, and not these: {in_words(found)}"
        return (Check(name=f"other routes of {self.name}", ok=True, words=words, warning=True),)

    def _check_route(self, obj: Json) -> Check:
        label = f"route of {self.name}"
        try:
            place = self._kind.find(obj, self._settings)
        except ClusterError as error:
            return Check(name=label, ok=False, words=error.with_hint)
        if place.others:
            others = place.own(place.others)
            words = f"other destinations have a weight of {others}; set it to 0 for the release"
            return Check(name=label, ok=False, words=words)
        if place.exact_percent != place.percent:
            words = f"its weights {place.stored} are not whole percent; write them as percent first"
            return Check(name=label, ok=False, words=words)
        return Check(
            name=label, ok=True, words=f"canary gets {place.percent}%, stable {FULL - place.percent}%"
        )

    async def _check_owner(self, obj: Json) -> Check:
        label = f"owner of {self.name}"
        owner = owner_of(obj, changed_by=self._kind.changed_by(obj))
        if not owner and (rollout := await self._rollout()):
            owner = f"the Argo Rollout {rollout} steers it"
        if owner:
            words = (
                f"{owner}, and would undo our weights; drive the release there, or take the object from it"
            )
            return Check(name=label, ok=False, words=words)
        if tool := gitops_of(obj):
            words = f"{tool} applies it: make sure that it ignores {self._kind.WEIGHTS}"
            return Check(name=label, ok=True, words=words)
        return Check(name=label, ok=True, words="no controller owns it")

    async def _check_behind(self) -> tuple[Check, ...]:
        """Follow the route's destinations to their pods; where there is no such route, its check says so."""
        try:
            place = self._kind.find(await self._get(self._deadline_s), self._settings)
        except ClusterError:
            return ()
        return await self._kind.check_behind(self._api, self._plan, place, deadline_s=self._deadline_s)

    async def _rollout(self) -> str:
        """Look for an Argo Rollout that names our object; where we may not look, the check of rights says."""
        path = path_of(group=ARGO, version="v1alpha1", namespace=self._plan.namespace, plural=ROLLOUTS)
        try:
            rollouts = await self._api.get(path, deadline_s=self._deadline_s)
        except (NotFound, Denied):
            return ""
        listed = shaped(rollouts, self._kind.ROLLOUTS).get("items") or ()
        steer = (each for each in listed if self._kind.is_steered(each, self._settings))
        return next((str(each["metadata"]["name"]) for each in steer), "")

    async def _check_deployment(self, name: str) -> Check:
        return await prerequisites.check_deployment(
            self._api, namespace=self._plan.namespace, name=name, deadline_s=self._deadline_s
        )


def version_for(version: str) -> Json:
    """Write the operation that makes a patch conditional on the object's version.

    A `replace` makes a real API server answer 409 where the object has moved on; a `test` would be answered
    with a bare 422.
    """
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": version}
