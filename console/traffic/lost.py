"""The way back for a release whose record is lost: from what its object and its lease say, or a person names.

Pure. Anybody who may annotate the object can write its marks, so nothing of them is used unless it is a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.errors import NotAsPlanned, UsageError
from console.plan.exposure import FULL
from console.plan.literal import literal
from console.plan.model import MetricsSource, Plan, Stage, Then, Version
from console.plan.names import parse_label, parse_line, parse_subdomain, parse_version
from console.plan.routed import Settings
from console.plan.router_kind import kind_of
from console.plan.routers import lock_of, written
from console.plan.units import BadValue
from console.traffic.marks import DRIVER, RELEASE, WayBack, driver_in_words, put_on_by_a_driver, read_way_back
from console.traffic.object_kind import Named
from console.traffic.place import Place
from console.traffic.registry import object_of

Json = dict[str, Any]

INTERVAL_S = 5.0
"""Seconds between two looks at metrics and pods behind the rollback: the plan, which names them, is lost."""
PATIENCE_S = 3600.0
"""Seconds of patience in the plan that stands in: a rollback has no use for it, and a plan must have one."""
LONGEST_NAME_CHARS = 200
"""Characters of a name in the cluster that are quoted."""


class Route(Struct, frozen=True, kw_only=True):
    """A router's object, as `--route` names it."""

    kind: str
    """The router's: `istio`."""
    namespace: str
    name: str

    @property
    def words(self) -> str:
        """Say it as it was typed: `istio:shop/checkout`."""
        return f"{self.kind}:{self.namespace}/{self.name}"

    @property
    def lock(self) -> str:
        """The name of its lease."""
        return lock_of(self.kind, self.name)

    @property
    def names_both(self) -> str:
        """Say how a person tells which of its destinations is which."""
        side, *others = kind_of(self.kind).SIDES
        ways = side + "".join(f" (or {each})" for each in others)
        return f"--stable {ways} and --canary say which is which"


class Lost(Struct, frozen=True, kw_only=True):
    """A release that can be rolled back without its record."""

    plan: Plan
    """As much of it as a rollback needs."""
    place: Place
    elsewhere: tuple[Elsewhere, ...]
    uid: str
    """The object's."""
    mark: str = ""
    """Whose release its marks name, in words, as the router says it; empty where it bears none."""
    generation: int = 0
    """The object's."""
    release: str = ""
    """Empty where nothing in the cluster names one."""
    driver: str = ""
    """Who drove it, and from where: `ana@bastion`."""
    by: str
    """What says which destination is stable, in words."""


def lost_release(obj: Json, notes: Json, *, route: Route, named: Named, prometheus: str = "") -> Lost:
    """Find the way back in the object and in `notes`, the lease's annotations, or by what was named.

    Raises `UsageError` where nothing says which destination is stable, or it is no longer there.
    """
    annotations = obj["metadata"].get("annotations") or {}
    copied = put_on_by_a_driver(obj) is False
    kind = object_of(route.kind)
    way, marks, by = _by_marks(annotations, notes, route, named, copied=copied)
    router = way.where.settings(route.name) if way is not None else _by_hand(obj, route, named)
    plan = _plan(way, router, route, prometheus=prometheus)
    try:
        place = kind.find(obj, router)
    except NotAsPlanned as error:
        what = f"{route.words} is not as {by} say: {literal(str(error), longest=LONGEST_NAME_CHARS)}"
        raise UsageError(f"{what} It has {_sends(obj, route)}", hint=route.names_both) from error
    return Lost(
        plan=plan,
        place=place,
        elsewhere=kind.elsewhere(obj, plan, place),
        uid=kind.uid_of(obj),
        mark=driver_in_words(annotations),
        generation=kind.generation_of(obj),
        release=_told(marks.get(RELEASE)),
        driver=_told(marks.get(DRIVER)).partition("/")[0],
        by=by,
    )


def in_force(lost: Lost) -> str:
    """Say who gets what: `v2 (canary) gets 10%, v1 (stable) 90%`."""
    plan, place = lost.plan, lost.place
    canary, stable = f"{plan.canary.name} (canary)", f"{plan.stable.name} (stable)"
    return f"{canary} gets {place.percent}%, {stable} {place.stable_percent}%"


def _told(name: Any) -> str:
    return literal(str(name or ""), longest=LONGEST_NAME_CHARS)


# -- who says it ------------------------------------------------------------------------------------


def _by_marks(
    annotations: Json, notes: Json, route: Route, named: Named, *, copied: bool
) -> tuple[WayBack | None, Json, str]:
    """Return the way back that is marked, the marks that stand there, and their name.

    The object's marks come first, and last where they were `copied`: a manifest says who drove when it was
    saved, and which was stable then.
    """
    marks = annotations if RELEASE in annotations or DRIVER in annotations else notes
    if named.stable is not None:
        return None, marks, "your words"
    lease = (notes, "its lease's marks")
    places = (lease, (annotations, "a manifest's marks")) if copied else ((annotations, "its marks"), lease)
    for found, name in places:
        if (way := read_way_back(found, kind=route.kind)) is not None:
            return way, found, name
    return None, marks, "your words"


def _by_hand(obj: Json, route: Route, named: Named) -> Settings:
    """Find the one part of it that has what was named; where only stable was, the other one is canary."""
    if named.stable is None:
        what = f"nothing on {route.words} nor on its lease says which destination is stable"
        raise UsageError(f"{what}: it has {_sends(obj, route)}", hint=route.names_both)
    kind = object_of(route.kind)
    found = [*kind.fitting(obj, named, namespace=route.namespace, name=route.name)]
    if len(found) == 1:
        only: Settings = found[0]
        return only
    what = f"{len(found) or 'no'} HTTP routes of {route.words} have both destinations as they were named"
    more = "; --http-route names the route" if found else ""
    raise UsageError(f"{what}: it has {_sends(obj, route)}", hint=route.names_both + more)


def _sends(obj: Json, route: Route) -> str:
    return object_of(route.kind).sends(obj) or "no route"


# -- the plan ---------------------------------------------------------------------------------------


def _plan(way: WayBack | None, router: Settings, route: Route, *, prometheus: str) -> Plan:
    """Write as much of a plan as a rollback needs; the stages are never entered."""
    stable, canary = map(_told, router.names)
    return Plan(
        service=_name(way.service if way else "", parse_label, otherwise=_label(route.name)),
        namespace=route.namespace,
        stable=_version(way.stable_version if way else None, otherwise=stable),
        canary=_version(way.canary_version if way else None, otherwise=canary),
        router=written(router),
        metrics=MetricsSource(prometheus=prometheus, preset=kind_of(route.kind).PRESET, business={}),
        interval_s=INTERVAL_S,
        patience_s=PATIENCE_S,
        after_patience=Then.HOLD,
        stages=(Stage(weight=FULL, hold_s=0.0, min_requests=0, approve=True, guards=()),),
    )


def _version(version: Version | None, *, otherwise: str) -> Version:
    """Return the version as it is marked, where that is a name; without a deployment no pods are counted."""
    if version is None or _name(version.name, parse_version, otherwise="") != version.name:
        return Version(name=otherwise, deployment="")
    return Version(
        name=version.name,
        deployment=_name(version.deployment, parse_subdomain, otherwise=""),
        workload=_name(version.workload, parse_line, otherwise=""),
    )


def _name(text: str, parse: Callable[[str], str], *, otherwise: str) -> str:
    try:
        return parse(text)
    except BadValue:
        return otherwise


def _label(name: str) -> str:
    return name.replace(".", "-")[:63].strip("-")
