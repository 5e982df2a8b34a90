"""Where the two weights stand in a ServiceSplitter, and the operations that change them and nothing else.

Pure. A weight is a percent with two decimals; Consul's controller leaves one of 0 out where it writes the
object, so that an absent one is 0. Its webhook takes no splitter whose weights are not 100 together, not even
in a rollback. Reading is lenient: a rollback must be able to say where it is whatever else stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.routers.consul import Destination, Settings

Json = dict[str, Any]

PARTS = 100
"""Units of a weight in one percent: Consul tells shares apart by hundredths."""
IDENTITY = ("service", "serviceSubset", "namespace", "partition")
"""What tells a split from the others."""


class Splits(Place, frozen=True, kw_only=True):
    """Where the two stand."""

    splits: tuple[Json, ...]
    """All of them as stored: a write insists that ours are still at their indices."""
    own_name: str
    """The splitter's, which is its service's: where a split that names no service goes."""

    def weights_for(self, percent: int) -> tuple[int, int]:
        """Return both weights, 100 together; with others, what these leave."""
        return super().weights_for(percent) if self.others else ((FULL - percent) * PARTS, percent * PARTS)


def find_splits(obj: Json, settings: Settings) -> Splits:
    """Find the two splits; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    splits, called = splits_of(obj), f"ServiceSplitter {settings.service_splitter}"
    stable = _find(splits, settings.stable, settings, "stable")
    canary = _find(splits, settings.canary, settings, "canary")
    if stable == canary:
        raise NotAsPlanned(
            "Stable and canary are the same split.", hint="Tell them apart by subset or service."
        )
    weights = tuple(weight_of(split) for split in splits)
    if sum(weights) == 0:
        raise NotAsPlanned(f"No split of {called} has a weight.", hint=f"Give stable the weight {FULL}.")
    return Splits(
        stable=stable,
        canary=canary,
        weights=weights,
        parts=PARTS,
        splits=tuple(splits),
        own_name=settings.service_splitter,
    )


def patch_for(place: Splits, *, weight: int) -> list[Json]:
    """Write the operations that set both weights."""
    return write_both("/spec/splits", place.splits, place, weight=weight, identity=IDENTITY)


def splits_of(obj: Json) -> list[Json]:
    """Return the splits."""
    return (obj.get("spec") or {}).get("splits") or []


def weight_of(split: Json) -> int:
    """Return a split's weight in hundredths of a percent; where none is written it is 0."""
    return round((split.get("weight") or 0) * PARTS)


def service_of(split: Json, own_name: str) -> str:
    """Name the service that a split goes to."""
    return str(split.get("service") or own_name)


def is_meant(split: Json, wanted: Destination, own_name: str) -> bool:
    """Whether a split is the one that is wanted."""
    if wanted.subset is not None and split.get("serviceSubset") != wanted.subset:
        return False
    return wanted.service in (None, service_of(split, own_name))


def _find(splits: list[Json], wanted: Destination, settings: Settings, name: str) -> int:
    called = f"ServiceSplitter {settings.service_splitter}"
    found = [at for at, split in enumerate(splits) if is_meant(split, wanted, settings.service_splitter)]
    if len(found) > 1:
        raise NotAsPlanned(
            f"{len(found)} splits of {called} go to {wanted.in_words}, the plan's {name}.",
            hint="Give the plan's split both its service and its subset.",
        )
    if not found:
        weight = FULL if name == "stable" else 0
        keys = {"service": wanted.service, "serviceSubset": wanted.subset}
        line = ", ".join(f"{key}: {value}" for key, value in keys.items() if value)
        raise NotAsPlanned(
            f"{called} lacks the plan's {name}: {wanted.in_words}.",
            hint=f"Add to spec.splits, {FULL} together:\n- {{{line}, weight: {weight}}}",
        )
    return found[0]
