"""One input: what it is made of, and how it is fed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Case(Struct, frozen=True, kw_only=True):
    """An input of the fuzzer, the same whenever it is made from the same numbers."""

    content: bytes = b""
    """What a stranger would have sent, to be kept where it finds something; empty for a conversation."""
    feed: Callable[[], None]
    """Raises an error of ours where it is refused, and anything else where something is wrong."""
