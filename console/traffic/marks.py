"""Our marks on a router's object and on the lease: which release drives, from where, and how to undo it.

They are annotations of our own. On the object they are written in the same patch as the weights and taken off
with the last one; on the lease they are written when it is taken and taken off when it is let go of. All
other annotations stay as they are; GitOps tools leave alone what they have not put there.

- `pithead/release`, on both: the release's name, `checkout-20260102-150405`.
- `pithead/driver`, on the object: the worker's identity; the lease's is its `holderIdentity`. No two workers
  have the same, be they of one release, one person and two hosts of one name.
- `pithead/version`, on the object: the version of pithead that drives.
- `pithead/written-at`, on the object: when that driver wrote it last, by its clock: `2026-01-02T15:04:05Z`.
  Older pitheads write none. It is compared only where the API server does not note who wrote the mark: one
  that came with a manifest of another day is older than our own last write.
- `pithead/way-back`, on both: a `WayBack` in JSON, all that a rollback needs where the record is lost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from console.cluster.api import FIELD_MANAGER
from console.cluster.holder import release_in
from console.plan.model import Plan, Version
from console.plan.router_kind import kind_of

Json = dict[str, Any]

RELEASE, DRIVER, VERSION = "pithead/release", "pithead/driver", "pithead/version"
WAY_BACK = "pithead/way-back"
WRITTEN_AT = "pithead/written-at"
NAMES = (RELEASE, DRIVER, VERSION, WAY_BACK, WRITTEN_AT)
MANY = {"ancient-changes"}
"""What the API server calls all writers together beyond the last ten."""
STABLE_WEIGHT, CANARY_WEIGHT = 100, 0
"""What a way back writes, in percent."""


class WayBack(Struct, frozen=True, kw_only=True):
    """What sends all traffic back to stable, for those who have no record of the release."""

    service: str
    """The plan's name for what is released."""
    where: Any
    """What its kind of router has to know, a `Mark` of that kind: its keys stand here among the others."""
    leased: bool = True
    """Whether its driver holds the lease; without one nothing tells that the driver lives."""
    stable_weight: int = STABLE_WEIGHT
    canary_weight: int = CANARY_WEIGHT
    command: str
    """What to run, in words for a shell."""
    stable_version: Version | None = None
    canary_version: Version | None = None
    """What the plan calls the two, and their deployments; None in marks of an older pithead."""

    @property
    def text(self) -> str:
        """Return it as an annotation holds it."""
        keys: Json = {}
        for name in self.__struct_fields__:
            value = msgspec.to_builtins(getattr(self, name))
            keys |= value if name == "where" else {name: value}
        return msgspec.json.encode(keys).decode()


def way_back_of(plan: Plan, *, leased: bool) -> WayBack:
    """Say how to go back from what this plan's release does."""
    return WayBack(
        service=plan.service,
        where=plan.driven.mark,
        leased=leased,
        command=f"pithead rollback --route {plan.route}",
        stable_version=plan.stable,
        canary_version=plan.canary,
    )


def read_way_back(annotations: Json, *, kind: str) -> WayBack | None:
    """Read the way back off a router of this kind, or off its lease; None where none can be read."""
    try:
        keys = msgspec.json.decode(str(annotations[WAY_BACK]))
        where = msgspec.convert(keys, kind_of(kind).Mark)
        return msgspec.convert({**keys, "where": where}, WayBack)
    except (KeyError, msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


class Marks(Struct, frozen=True, kw_only=True):
    """What one worker writes."""

    release: str
    driver: str
    """The worker's identity, as in its lease: `ana@bastion/checkout-20260102-150405/5f3a9c01/1b2c-9f8e`."""
    version: str
    way_back: WayBack | None = None

    def annotations(self, *, at: float) -> dict[str, str]:
        """Return them as they stand in an object that is written at this time, in epoch seconds."""
        written = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {DRIVER: self.driver, VERSION: self.version, WRITTEN_AT: written, **self.on_lease()}

    def on_lease(self) -> dict[str, str]:
        """Return those that stand on the lease, too."""
        if self.way_back is None:
            return {RELEASE: self.release}
        return {RELEASE: self.release, WAY_BACK: self.way_back.text}


def are_ours(annotations: Json, ours: Marks) -> bool:
    """Whether the object bears this release's mark, whichever of its workers has written it, for whom."""
    return release_in(str(annotations.get(DRIVER) or "")) == release_in(ours.driver)


def other_worker(annotations: Json, ours: Marks) -> str:
    """Return the mark of another worker of this release; empty where it is this one's own, or none of it."""
    driver = str(annotations.get(DRIVER) or "")
    return driver if are_ours(annotations, ours) and driver != ours.driver else ""


def other_driver(annotations: Json, ours: Marks) -> str:
    """Say whose marks the object bears, in words; empty where it bears ours or none."""
    return "" if are_ours(annotations, ours) else driver_in_words(annotations)


def driver_in_words(annotations: Json) -> str:
    """Say whose marks the object bears; empty where it bears none."""
    driver = str(annotations.get(DRIVER) or "")
    return f"{driver.partition('/')[0]} (release {annotations.get(RELEASE, 'unknown')})" if driver else ""


def written_at(annotations: Json) -> float | None:
    """Return when the driver that is marked wrote the object last; None where the mark does not say."""
    try:
        return (
            datetime.strptime(str(annotations[WRITTEN_AT]), "%Y-%m-%dT%H:%M:%SZ")
            .replace(tzinfo=UTC)
            .timestamp()
        )
    except (KeyError, ValueError, OverflowError):
        return None


def put_on_by_a_driver(obj: Json) -> bool | None:
    """Whether the mark of a driver was written by a pithead, as the API server notes; None where it does not.

    Each pithead writes its own mark with its weights, or takes all marks off. So another's that a pithead has
    written is newer than our last write, by no clock; one of another writer came with a manifest.
    """
    entries = [entry for entry in obj["metadata"].get("managedFields") or () if _owns_the_driver(entry)]
    writers = {str(entry.get("manager") or "") for entry in entries}
    if FIELD_MANAGER in writers:
        return True
    return None if not writers or writers & MANY else False


def _owns_the_driver(entry: Json) -> bool:
    metadata = (entry.get("fieldsV1") or {}).get("f:metadata") or {}
    return f"f:{DRIVER}" in (metadata.get("f:annotations") or {})


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
