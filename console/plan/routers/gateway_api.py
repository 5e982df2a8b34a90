"""What is said of a Gateway API HTTPRoute, of which one rule is split between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from console.plan import backend
from console.plan.backend import BetweenServices, BothMarked, read_backends
from console.plan.routed import Can
from console.plan.section import Section, subdomain

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "istio"
HINT = "write router: {gateway_api: {http_route: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "http_route": subdomain("The HTTPRoute whose weights are written.", needed=True),
        "rule": subdomain("The rule's name, or its number from 1 on, if several."),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="A Gateway API HTTPRoute.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    rule: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), http_route=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="gateway_api", tag_field="kind"):
    """One plan's HTTPRoute."""

    TITLE = "HTTPRoute"
    NAMED = "http_route"
    PART = "rule"
    MARK = Mark
    http_route: str
    rule: str | None
    """The rule's name, or its number from 1 on; None where the route has only one."""


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**{"rule": None, **SECTION.values(fields)}, stable=stable, canary=canary)
