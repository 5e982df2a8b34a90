"""What a worker is asked to do: written into the release's folder before the worker's process starts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from console.plan.model import Plan
from console.release.events import Person


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How the cluster is reached: as kubectl would with the same words."""

    kubeconfig: str | None = None
    context: str | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One release to be driven."""

    release: str
    plan: Plan
    reach: Reach
    person: Person
    attended: bool


def write_order(path: Path, order: Order) -> None:
    """Write the order where only this user can read it."""
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(order))


def read_order(path: Path) -> Order:
    """Read the order that `write_order` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Order)
