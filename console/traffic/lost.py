"""The way back for a release whose record is lost: from what its object and its lease say, or a person names.

Pure. Anybody who may annotate the object can write its marks, so nothing of them is used unless it is a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.errors import NotAsPlanned, UsageError
from console.plan.literal import literal
from console.plan.model import Destination, IstioRouter, MetricsSource, Plan, Stage, Then, Version
from console.plan.names import parse_label, parse_subdomain, parse_version
from console.plan.units import BadValue
from console.traffic.marks import DRIVER, RELEASE, WayBack, read_way_back
from console.traffic.other_routes import elsewhere
from console.traffic.virtual_service import FULL, Place, called, find_route, is_meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]

INTERVAL_S = 5.0
"""The plan is lost, too: behind the way back the metrics and the pods are looked at so often."""
PATIENCE_S = 3600.0
"""A rollback has no use for patience; a plan has to have one."""
LONGEST = 200
"""Characters of a name in the cluster that are told."""
NAMES_BOTH = "--stable subset:NAME (or host:NAME) and --canary say which is which"


class Route(Struct, frozen=True, kw_only=True):
    """A router's object, as `--route` names it."""

    namespace: str
    virtual_service: str

    @property
    def words(self) -> str:
        """Say it as it was typed: `istio:shop/checkout`."""
        return f"istio:{self.namespace}/{self.virtual_service}"


class Named(Struct, frozen=True, kw_only=True):
    """What a person has named."""

    stable: Destination | None = None
    canary: Destination | None = None
    http_route: str | None = None


class Lost(Struct, frozen=True, kw_only=True):
    """A release that can be rolled back without its record."""

    plan: Plan
    """As much of it as a rollback needs."""
    place: Place
    elsewhere: tuple[Elsewhere, ...]
    uid: str
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
    way, marks, by = _by_marks(annotations, notes, named)
    router = way.router(route.virtual_service) if way is not None else _by_hand(obj, route, named)
    plan = _plan(way, router, route, prometheus=prometheus)
    try:
        place = find_route(obj, router)
    except NotAsPlanned as error:
        what = f"{route.words} is not as {by} say: {literal(str(error), longest=LONGEST)}"
        raise UsageError(f"{what} It has {_sends(obj)}", hint=NAMES_BOTH) from error
    return Lost(
        plan=plan,
        place=place,
        elsewhere=elsewhere(obj, plan, place),
        uid=str(obj["metadata"].get("uid") or ""),
        release=_told(marks.get(RELEASE)),
        driver=_told(marks.get(DRIVER)).partition("/")[0],
        by=by,
    )


def in_force(lost: Lost) -> str:
    """Say who gets what: `v2 (canary) gets 10%, v1 (stable) 90%`."""
    plan, place = lost.plan, lost.place
    canary, stable = f"{plan.canary.name} (canary)", f"{plan.stable.name} (stable)"
    return f"{canary} gets {place.percent}%, {stable} {_percent(place)}%"


def _percent(place: Place) -> int:
    return round(FULL * place.weights[place.stable] / sum(place.weights))


def _told(name: Any) -> str:
    return literal(str(name or ""), longest=LONGEST)


# -- who says it ------------------------------------------------------------------------------------


def _by_marks(annotations: Json, notes: Json, named: Named) -> tuple[WayBack | None, Json, str]:
    """Give the way back that is marked, the marks that stand there, and their name."""
    marks = annotations if RELEASE in annotations or DRIVER in annotations else notes
    if named.stable is not None:
        return None, marks, "your words"
    for found, name in ((annotations, "its marks"), (notes, "its lease's marks")):
        if (way := read_way_back(found)) is not None:
            return way, found, name
    return None, marks, "your words"


def _by_hand(obj: Json, route: Route, named: Named) -> IstioRouter:
    """Find the one HTTP route that has what was named; where only stable was, the other one is canary."""
    if named.stable is None:
        what = f"nothing on {route.words} nor on its lease says which destination is stable"
        raise UsageError(f"{what}: it has {_sends(obj)}", hint=NAMES_BOTH)
    found = [*_routers(obj, route, named)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found) or 'no'} HTTP routes of {route.words} have both destinations as they were named"
    more = "; --http-route names the route" if found else ""
    raise UsageError(f"{what}: it has {_sends(obj)}", hint=NAMES_BOTH + more)


def _routers(obj: Json, route: Route, named: Named) -> Iterator[IstioRouter]:
    """Give a router for each HTTP route that fits; one of several that has no name can't be meant."""
    routes = _http(obj)
    assert named.stable is not None
    for each in routes:
        name = each.get("name") if len(routes) > 1 else None
        if named.http_route not in (None, each.get("name")) or (len(routes) > 1 and not name):
            continue
        canary = named.canary or _other_than(named.stable, each, route.namespace)
        if canary is None:
            continue
        router = IstioRouter(
            virtual_service=route.virtual_service, route=name, stable=named.stable, canary=canary
        )
        if _fits(obj, router):
            yield router


def _other_than(stable: Destination, route: Json, namespace: str) -> Destination | None:
    """Give the route's other destination, where it has two."""
    targets = [target.get("destination") or {} for target in route.get("route") or []]
    others = [target for target in targets if not is_meant(target, stable, namespace)]
    if len(targets) != 2 or len(others) != 1:  # noqa: PLR2004 - stable and another one
        return None
    return Destination(subset=others[0].get("subset"), host=others[0].get("host"))


def _fits(obj: Json, router: IstioRouter) -> bool:
    try:
        find_route(obj, router)
    except NotAsPlanned:
        return False
    return True


def _http(obj: Json) -> list[Json]:
    return (obj.get("spec") or {}).get("http") or []


def _sends(obj: Json) -> str:
    """Say where each HTTP route sends: what a person needs to name both."""
    return (
        "; ".join(f"{called(at, each)}: {_targets(each)}" for at, each in enumerate(_http(obj))) or "no route"
    )


def _targets(route: Json) -> str:
    return literal(", ".join(_target(target) for target in route.get("route") or []), longest=LONGEST)


def _target(target: Json) -> str:
    destination = target.get("destination") or {}
    parts = [f"{key}:{destination[key]}" for key in ("host", "subset") if destination.get(key)]
    return f"{','.join(parts)} {target.get('weight') or 0}%"


# -- the plan ---------------------------------------------------------------------------------------


def _plan(way: WayBack | None, router: IstioRouter, route: Route, *, prometheus: str) -> Plan:
    """Write as much of a plan as a rollback needs; the stages are never entered."""
    stable, canary = _names(router)
    return Plan(
        service=_name(way.service if way else "", parse_label, otherwise=_label(route.virtual_service)),
        namespace=route.namespace,
        stable=_version(way.stable_version if way else None, otherwise=stable),
        canary=_version(way.canary_version if way else None, otherwise=canary),
        router=router,
        metrics=MetricsSource(prometheus=prometheus, preset="istio", business={}),
        interval_s=INTERVAL_S,
        patience_s=PATIENCE_S,
        after_patience=Then.HOLD,
        stages=(Stage(weight=FULL, hold_s=0.0, min_requests=0, approve=True, guards=()),),
    )


def _names(router: IstioRouter) -> tuple[str, str]:
    """Call the two by their subsets where these differ, else by all that is known of them."""
    stable, canary = router.stable, router.canary
    if stable.subset and canary.subset and stable.subset != canary.subset:
        return stable.subset, canary.subset
    return _whole(stable), _whole(canary)


def _whole(destination: Destination) -> str:
    return _told("/".join(part for part in (destination.host, destination.subset) if part))


def _version(version: Version | None, *, otherwise: str) -> Version:
    """Give the version as it is marked, where that is a name; without a deployment no pods are counted."""
    if version is None or _name(version.name, parse_version, otherwise="") != version.name:
        return Version(name=otherwise, deployment="")
    return Version(name=version.name, deployment=_name(version.deployment, parse_subdomain, otherwise=""))


def _name(text: str, parse: Callable[[str], str], *, otherwise: str) -> str:
    try:
        return parse(text)
    except BadValue:
        return otherwise


def _label(virtual_service: str) -> str:
    return virtual_service.replace(".", "-")[:63].strip("-")
