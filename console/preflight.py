"""What is looked at before the first write, one line a look."""

from __future__ import annotations

from msgspec import Struct


class Check(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the preflight."""

    name: str
    """What was looked at: `virtual service shop/checkout`."""
    ok: bool
    words: str
    """What was found; where not ok, what to do about it."""
    warning: bool = False
    """Well enough to begin, but a person should know: it never refuses a release."""
