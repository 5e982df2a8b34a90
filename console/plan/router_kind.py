"""What a module of `console.plan.routers` says of its kind of router."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from msgspec import Struct

from console.plan.routed import Can, Settings
from console.plan.routers import module_of

if TYPE_CHECKING:
    from console.plan.fields import Fields
    from console.plan.shapes import Schema


class RouterKind(Protocol):
    """One kind: a module."""

    CAN: Can
    PRESET: str
    """The queries that fit, unless the plan names others."""
    KEYS: tuple[str, ...]
    """What a plan may say of it."""
    HINT: str
    """How a plan names one."""
    SIDES: tuple[str, ...]
    """How a person names a destination on the command line, the most common way first."""
    Mark: type[Struct]

    def read(self, fields: Fields) -> Settings:
        """Read a plan's section; what is wrong is noted with its place, and stand-ins keep it going."""

    def schema(self) -> Schema:
        """Describe the section in JSON Schema."""

    def parse_side(self, text: str) -> Any:
        """Read a destination from the command line: `host:checkout,subset:v1`. Raises `BadValue`."""


def kind_of(name: str) -> RouterKind:
    """Return what is said of a kind, of which `console.plan.routers.NAMES` has the name."""
    return cast("RouterKind", module_of(name))
