"""Faults on order: what the lab's API does wrong, and how often."""

from __future__ import annotations

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """What happens to the next requests that match; empty fields match everything."""

    verb: str = ""
    """get, list, create, update, patch or delete."""
    resource: str = ""
    """The plural: `virtualservices`."""
    name: str = ""
    times: int = 1
    delay_s: float = 0.0
    """Wait this long before anything else."""
    status: int = 0
    """Answer with this instead of doing what was asked."""
    headers: dict[str, str] = {}
    reason: str = ""
    """The Status body's reason: `ServiceUnavailable`."""
    message: str = "the lab was told to answer so"
    causes: tuple[str, ...] = ()
    """What the Status body gives as causes: the fields that are not admitted."""
    page: str = ""
    """An HTML page, as a proxy sends it, in place of a Status body."""
    reset: bool = False
    """Close the connection without an answer and without doing what was asked."""
    lose_answer: bool = False
    """Do what was asked, then close the connection without an answer."""

    def matches(self, **asked: str) -> bool:
        """Tell whether a request is meant, by its verb, resource and name."""
        return all(getattr(self, field) in ("", value) for field, value in asked.items())


class Faults:
    """The faults still to come, each used up in the order it was added."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        """Call off all that are left."""
        self._waiting.clear()

    def take(self, **asked: str) -> Fault | None:
        """Use up one turn of the first fault that matches."""
        for at, (fault, left) in enumerate(self._waiting):
            if fault.matches(**asked):
                self._waiting[at : at + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None
