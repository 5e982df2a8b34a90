"""Where the two weights stand in a TrafficSplit, and the operations that change them and nothing else.

Pure. A weight is a number whose share of the sum counts. In v1alpha1, Linkerd's, it may be a quantity: `500m`
is half. A weight is written as it was held, since v1alpha2 and later take no text and their meshes no
fraction. Reading is lenient: a rollback must be able to say where it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import find_both, write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.backend import Backend
    from console.plan.routers.smi import Settings

Json = dict[str, Any]

PARTS = 1000
"""Units of one where a weight is no whole number: `m` is a thousandth in Kubernetes' quantities."""
MILLI = "m"


class Backends(Place, frozen=True, kw_only=True):
    """Where the two stand."""

    service: str
    """Whose requests are split."""
    backends: tuple[Json, ...]
    """All of them as stored: a write insists that ours are still at their indices."""


def find_backends(obj: Json, settings: Settings) -> Backends:
    """Find the two backends; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    backends, called = backends_of(obj), f"TrafficSplit {settings.traffic_split}"
    stable, canary = find_both(
        backends,
        settings,
        is_meant=is_meant,
        where=called,
        to_add=lambda wanted, weight: (
            f"Add to spec.backends, and give each other one its weight:\n"
            f"- {{service: {wanted.service}, weight: {weight}}}"
        ),
    )
    weights, parts = weights_of(backends)
    if sum(weights) == 0:
        raise NotAsPlanned(f"No backend of {called} has a weight.", hint=f"Give stable the weight {FULL}.")
    return Backends(
        stable=stable,
        canary=canary,
        weights=weights,
        parts=parts,
        service=str(obj["spec"].get("service", "")),
        backends=tuple(backends),
    )


def patch_for(place: Backends, *, weight: int) -> list[Json]:
    """Write the operations that set both weights, if they are of the same service as before."""
    still = {"op": "test", "path": "/spec/service", "value": place.service}
    writes = write_both(
        "/spec/backends",
        place.backends,
        place,
        weight=weight,
        identity=("service",),
        as_held=lambda units, entry: _as_held(units, entry.get("weight"), parts=place.parts),
    )
    return [still, *writes]


def backends_of(obj: Json) -> list[Json]:
    """Return the backends."""
    return (obj.get("spec") or {}).get("backends") or []


def weights_of(backends: list[Json]) -> tuple[tuple[int, ...], int]:
    """Return the weights in units, 0 where none is written, and how many units make one."""
    numbers = [_number(each.get("weight")) for each in backends]
    parts = 1 if all(number == number.to_integral_value() for number in numbers) else PARTS
    return tuple(round(number * parts) for number in numbers), parts


def is_meant(entry: Json, wanted: Backend) -> bool:
    """Whether a backend is the one that is wanted."""
    return bool(entry.get("service") == wanted.service)


def _number(weight: Any) -> Decimal:
    text = str(weight or 0)
    return Decimal(text.removesuffix(MILLI)) / (PARTS if text.endswith(MILLI) else 1)


def _as_held(units: int, before: Any, *, parts: int) -> int | str:
    """Write a weight as the one before it: a number, a text, or thousandths; a fraction is thousandths."""
    whole, rest = divmod(units, parts)
    if rest or (isinstance(before, str) and before.endswith(MILLI)):
        return f"{units * PARTS // parts}{MILLI}"
    return str(whole) if isinstance(before, str) else whole
