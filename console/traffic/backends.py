"""The two Services among the entries of a list with weights, for each kind of router that splits so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.plan.backend import Backend, BetweenServices
    from console.plan.model import Plan
    from console.traffic.place import Place

Json = dict[str, Any]


def find_part(
    parts: Sequence[Json],
    name: str | None,
    *,
    of: str,
    what: str,
    lacks: str,
    called: Callable[[int, Json], str],
    is_named: Callable[[int, Json, str | None], bool],
    hint: str,
) -> tuple[int, Json]:
    """Find the part of an object that the plan names, or its only one, with its index.

    Raises `NotAsPlanned` where it can't be told: `of` names the object, `what` such a part, and `lacks` says
    of `count` parts that have the `name` that they are none or too many.
    """
    found = [(at, part) for at, part in enumerate(parts) if is_named(at, part, name)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(called(at, part) for at, part in enumerate(parts)) or "none"
    if name is not None:
        why = lacks.format(count=len(found) or "no", name=name)
    else:
        why = f"{len(parts)} {what}s, and the plan names none" if parts else f"no {what}"
    raise NotAsPlanned(f"{of} has {why}.", hint=f"{hint}. It has: {there}.")


def find_both(
    entries: Sequence[Json],
    both: BetweenServices,
    *,
    is_meant: Callable[[Json, Backend], bool],
    where: str,
    to_add: Callable[[Backend, int], str],
) -> tuple[int, int]:
    """Find stable's index and the canary's; raises `NotAsPlanned` where they can't be told, with the mend.

    `where` names the list; `to_add` gives the lines that would put a backend into it with a weight.
    """
    found = []
    for backend, name, weight in ((both.stable, "stable", FULL), (both.canary, "canary", 0)):
        at = [index for index, entry in enumerate(entries) if is_meant(entry, backend)]
        if len(at) > 1:
            raise NotAsPlanned(
                f"{len(at)} backends of {where} are {backend.in_words}, the plan's {name}.",
                hint="Give the plan's backend its port; where that is the same, join the two in the route.",
            )
        if not at:
            raise NotAsPlanned(
                f"{where} lacks the plan's {name}: {backend.in_words}.", hint=to_add(backend, weight)
            )
        found.extend(at)
    stable, canary = found
    if stable == canary:
        raise NotAsPlanned("Stable and canary are the same backend.", hint="Tell them apart by their ports.")
    return stable, canary


def version_of(
    entry: Json, entries: Sequence[Json], place: Place, plan: Plan, *, identity: Iterable[str]
) -> str:
    """Name the plan's version that an entry is of, whatever its list; empty for another one."""
    for at, name in ((place.canary, plan.canary.name), (place.stable, plan.stable.name)):
        if all(entry.get(key) == entries[at].get(key) for key in identity):
            return name
    return ""


def other_than(
    stable: Backend, entries: Sequence[Json], *, is_meant: Callable[[Json, Backend], bool]
) -> Json:
    """Return the other one of two entries; an empty one where there are more, or fewer, or stable is none."""
    others = [entry for entry in entries if not is_meant(entry, stable)]
    return others[0] if len(entries) == 2 and len(others) == 1 else {}  # noqa: PLR2004 - stable and another


def write_both(
    path: str,
    entries: Sequence[Json],
    place: Place,
    *,
    weight: int,
    identity: Iterable[str],
    as_held: Callable[[int, Json], Any] | None = None,
) -> list[Json]:
    """Write the operations that set both weights of the list at `path`.

    The tests say that ours are still at their indices; `identity` names what tells an entry from others.
    `add` replaces a weight that is there; `replace` would fail where a controller leaves out a weight of 0.
    `as_held` writes a weight as its entry holds one: a number of the object's own, unless said.
    """
    tests = [
        {"op": "test", "path": f"{path}/{at}/{key}", "value": entries[at][key]}
        for at in (place.stable, place.canary)
        for key in identity
        if key in entries[at]
    ]
    both = zip((place.stable, place.canary), place.weights_for(weight), strict=True)
    values = {at: as_held(each, entries[at]) if as_held else place.own(each) for at, each in both}
    writes = [{"op": "add", "path": f"{path}/{at}/weight", "value": value} for at, value in values.items()]
    return [*tests, *writes]


def leads_to(name: str, port: int | None) -> Json:
    """Write a Service as the look behind a route takes it (`console.traffic.behind`)."""
    return {"host": name, **({"port": {"number": port}} if port else {})}
