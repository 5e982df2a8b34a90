"""Our marks on a router's object: which release drives it, from where, so that another host can find it.

They are annotations of our own, written in the same patch as the weights and taken off with the last one. All
other annotations stay as they are; GitOps tools leave alone what they have not put there.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Json = dict[str, Any]

RELEASE, DRIVER, VERSION = "pithead/release", "pithead/driver", "pithead/version"
NAMES = (RELEASE, DRIVER, VERSION)


class Marks(Struct, frozen=True, kw_only=True):
    """What one worker writes."""

    release: str
    driver: str
    """The worker's identity, the same as in its lease: `ana@bastion/checkout-20260102-150405/5f3a9c01`."""
    version: str

    def annotations(self) -> dict[str, str]:
        """Give them as they stand in the object."""
        return {RELEASE: self.release, DRIVER: self.driver, VERSION: self.version}


def other_driver(annotations: Json, ours: Marks) -> str:
    """Say whose marks the object bears, in words; empty where it bears ours or none."""
    driver = str(annotations.get(DRIVER) or "")
    if driver in ("", ours.driver):
        return ""
    return f"{driver.partition('/')[0]} (release {annotations.get(RELEASE, 'unknown')})"


def put_on(annotations: Json, ours: Marks) -> list[Json]:
    """Write the operations of a JSON patch that mark the object as ours."""
    first: list[Json] = [] if annotations else [{"op": "add", "path": "/metadata/annotations", "value": {}}]
    return first + [
        {"op": "add", "path": _path(name), "value": value}
        for name, value in ours.annotations().items()
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
