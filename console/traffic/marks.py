"""Our marks on a router's object and on the lease: which release drives, from where, and how to undo it.

They are annotations of our own. On the object they are written in the same patch as the weights and taken off
with the last one; on the lease they are written when it is taken and taken off when it is let go of. All
other annotations stay as they are; GitOps tools leave alone what they have not put there.

- `pithead/release`, on both: the release's name, `checkout-20260102-150405`.
- `pithead/driver`, on the object: the worker's identity; the lease's is its `holderIdentity`.
- `pithead/version`, on the object: the version of pithead that drives.
- `pithead/written-at`, on the object: when that driver wrote it last, by its clock: `2026-01-02T15:04:05Z`.
  A mark that came with a manifest of another day is older than our own last write. Older pitheads write none.
- `pithead/way-back`, on both: a `WayBack` in JSON, all that a rollback needs where the record is lost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from console.plan.model import Destination, IstioRouter, Version

if TYPE_CHECKING:
    from console.plan.model import Plan

Json = dict[str, Any]

RELEASE, DRIVER, VERSION = "pithead/release", "pithead/driver", "pithead/version"
WAY_BACK = "pithead/way-back"
WRITTEN_AT = "pithead/written-at"
NAMES = (RELEASE, DRIVER, VERSION, WAY_BACK, WRITTEN_AT)
STABLE_WEIGHT, CANARY_WEIGHT = 100, 0
"""What a way back writes, in percent."""


class WayBack(Struct, frozen=True, kw_only=True):
    """What sends all traffic back to stable, for those who have no record of the release."""

    service: str
    """The plan's name for what is released."""
    stable: Destination
    canary: Destination
    route: str | None = None
    """The HTTP route's name; None where the object had only one."""
    leased: bool = True
    """Whether its driver holds the lease; without one nothing tells that the driver lives."""
    stable_weight: int = STABLE_WEIGHT
    canary_weight: int = CANARY_WEIGHT
    command: str
    """What to run, in words for a shell."""
    stable_version: Version | None = None
    canary_version: Version | None = None
    """What the plan calls the two, and their deployments; None in marks of an older pithead."""

    def router(self, virtual_service: str) -> IstioRouter:
        """Give the router as the plan would: `find_route` finds the two destinations by it."""
        return IstioRouter(
            virtual_service=virtual_service, route=self.route, stable=self.stable, canary=self.canary
        )


def way_back_of(plan: Plan, *, leased: bool) -> WayBack:
    """Say how to go back from what this plan's release does."""
    router = plan.driven
    return WayBack(
        service=plan.service,
        stable=router.stable,
        canary=router.canary,
        route=router.route,
        leased=leased,
        command=f"pithead rollback --route istio:{plan.namespace}/{router.virtual_service}",
        stable_version=plan.stable,
        canary_version=plan.canary,
    )


def read_way_back(annotations: Json) -> WayBack | None:
    """Read the way back off an object or a lease; None where there is none that can be read."""
    try:
        return msgspec.json.decode(str(annotations[WAY_BACK]), type=WayBack)
    except (KeyError, msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


class Marks(Struct, frozen=True, kw_only=True):
    """What one worker writes."""

    release: str
    driver: str
    """The worker's identity, the same as in its lease: `ana@bastion/checkout-20260102-150405/5f3a9c01`."""
    version: str
    way_back: WayBack | None = None

    def annotations(self, *, at: float) -> dict[str, str]:
        """Give them as they stand in an object that is written at this time, in epoch seconds."""
        written = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {DRIVER: self.driver, VERSION: self.version, WRITTEN_AT: written, **self.on_lease()}

    def on_lease(self) -> dict[str, str]:
        """Give those that stand on the lease, too."""
        if self.way_back is None:
            return {RELEASE: self.release}
        return {RELEASE: self.release, WAY_BACK: msgspec.json.encode(self.way_back).decode()}


def are_ours(annotations: Json, ours: Marks) -> bool:
    """Whether the object bears this release's mark, whichever of its workers has written it, for whom."""
    driver = str(annotations.get(DRIVER) or "")
    return driver.partition("/")[2] == ours.driver.partition("/")[2]


def other_driver(annotations: Json, ours: Marks) -> str:
    """Say whose marks the object bears, in words; empty where it bears ours or none."""
    driver = str(annotations.get(DRIVER) or "")
    if not driver or are_ours(annotations, ours):
        return ""
    return f"{driver.partition('/')[0]} (release {annotations.get(RELEASE, 'unknown')})"


def written_at(annotations: Json) -> float | None:
    """Give when the driver that is marked wrote the object last; None where the mark does not say."""
    try:
        return (
            datetime.strptime(str(annotations[WRITTEN_AT]), "%Y-%m-%dT%H:%M:%SZ")
            .replace(tzinfo=UTC)
            .timestamp()
        )
    except (KeyError, ValueError, OverflowError):
        return None


def written_in_words(annotations: Json) -> str:
    """Say when it was written, for a text that goes on; empty where the mark does not say."""
    return f", written {annotations[WRITTEN_AT]}" if written_at(annotations) is not None else ""


def put_on(annotations: Json, ours: Marks, *, at: float) -> list[Json]:
    """Write the operations of a JSON patch that mark the object as ours, written at this time."""
    first: list[Json] = [] if annotations else [{"op": "add", "path": "/metadata/annotations", "value": {}}]
    return first + [
        {"op": "add", "path": _path(name), "value": value}
        for name, value in ours.annotations(at=at).items()
        if annotations.get(name) != value
    ]


def take_off(annotations: Json) -> list[Json]:
    """Write the operations of a JSON patch that remove every mark of pithead's and nothing else."""
    found = [name for name in NAMES if name in annotations]
    if found and len(found) == len(annotations):
        return [{"op": "remove", "path": "/metadata/annotations"}]
    return [{"op": "remove", "path": _path(name)} for name in found]


def _path(name: str) -> str:
    return f"/metadata/annotations/{name.replace('/', '~1')}"
