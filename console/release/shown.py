"""What a person was shown of the router when they confirmed a rollback by it: no other is written over."""

from __future__ import annotations

from msgspec import Struct

from console.plan.exposure import Percent
from console.release.numbers import Generation


class Shown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The router's object as it stood there then."""

    weight: Percent
    uid: str = ""
    mark: str = ""
    """Whose release its marks named, in words; empty where it bore none."""
    generation: Generation = 0
