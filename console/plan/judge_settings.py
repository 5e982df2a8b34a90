"""What a module of `console.plan.judges` says of its judge's settings. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from msgspec import Struct

from console.plan.judges import module_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from console.plan.model import Plan


class Tried(Struct, frozen=True):
    """A setting that a sweep can vary."""

    parse: Callable[[str], float]
    """Reads a value from the command line; raises `BadValue`."""
    words: Callable[[float], str]
    """Writes it with its unit."""


class JudgeSettings(Protocol):
    """One judge: a module."""

    Settings: type[Struct]
    NAME: str
    """What it is called where guards are called by their names."""
    TRIED: Mapping[str, Tried]
    """The settings that a sweep can vary, by their keys; empty: it can't judge a recording anew."""

    def in_words(self, settings: Struct, *, plan: Plan) -> list[str]:
        """Say what it looks at, and what comes of it, a line each."""

    def as_text(self, settings: Struct) -> Iterator[str]:
        """Write it as a plan does, in lines to edit; none where `TRIED` is empty."""

    def kept(self, was: Plan, plan: Plan) -> list[str]:
        """Say what of a recording under `was` could not be taken up by the judge of `plan`."""


def settings_of(name: str) -> JudgeSettings:
    """Return what is said of a judge, of which `console.plan.judges.NAMES` has the name."""
    return cast("JudgeSettings", module_of(name))
