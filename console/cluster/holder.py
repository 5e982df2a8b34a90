"""Who holds a lease, as its object says, and in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from console.plan.units import words_duration

if TYPE_CHECKING:
    from console.cluster.api import Json


class Holder(Struct, frozen=True, kw_only=True):
    """Who holds a lease, as the object says."""

    identity: str
    held_s: float
    """Seconds since it was acquired, by this host's clock against the holder's."""
    renewed_s: float
    """Seconds since it was renewed, by the same two clocks."""

    @property
    def name(self) -> str:
        """Say who: `ana@bastion`."""
        return self.identity.partition("/")[0]

    @property
    def release(self) -> str:
        """Name the holder's release; empty where the identity is not one of ours."""
        return self.identity.split("/")[1] if self.identity.count("/") > 1 else ""


def release_in(identity: str) -> str:
    """Give what all workers of a release have in common: `checkout-20260102-150405/5f3a9c01`."""
    return "/".join(identity.split("/")[1:3])


def life_in(identity: str) -> str:
    """Give what tells the worker from all others of its release; empty in the name of an older pithead."""
    return "/".join(identity.split("/")[3:])


def holder_of(spec: Json, *, now: float) -> Holder | None:
    """Read it off a lease's spec, at this time by our clock; None where nobody holds it."""
    if not spec.get("holderIdentity"):
        return None
    return Holder(
        identity=str(spec["holderIdentity"]),
        held_s=now - _epoch(spec.get("acquireTime"), otherwise=now),
        # Without a readable time it was renewed in 1970, and not just now: else a lease that somebody wrote
        # by hand would be refused for ever. It is then watched on our own clock before it is taken.
        renewed_s=now - _epoch(spec.get("renewTime"), otherwise=0.0),
    )


def holder_in_words(holder: Holder) -> str:
    """Say who drives what, since when, and whether they still do."""
    release = f" for the release {holder.release}" if holder.release else ""
    return f"{holder.name}{release} for {ago(holder.held_s)}, renewed {ago(holder.renewed_s)} ago"


def ago(seconds: float) -> str:
    """Write how long ago something was; nothing lies ahead."""
    return words_duration(max(0, round(seconds)))


def _epoch(text: Any, *, otherwise: float) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return otherwise
