"""What is said of a Gateway API HTTPRoute, of which one rule is split between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.plan import backend
from console.plan.backend import Backend, BetweenServices, read_backends
from console.plan.literal import literal
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


class Mark(Struct, frozen=True, kw_only=True):
    """What a way back has to know."""

    stable: Backend
    canary: Backend
    rule: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(http_route=target, rule=self.rule, stable=self.stable, canary=self.canary)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="gateway_api", tag_field="kind"):
    """One plan's HTTPRoute."""

    http_route: str
    rule: str | None
    """The rule's name, or its number from 1 on; None where the route has only one."""

    @property
    def target(self) -> str:
        """Name the object."""
        return self.http_route

    @property
    def in_words(self) -> str:
        """Say it: `HTTPRoute checkout: Service checkout-v1 and Service checkout-v2`."""
        rule = f", rule {literal(self.rule)}" if self.rule else ""
        return f"HTTPRoute {self.http_route}{rule}: {self.both}"

    @property
    def mark(self) -> Mark:
        """Return both backends and the rule."""
        return Mark(stable=self.stable, canary=self.canary, rule=self.rule)


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**{"rule": None, **SECTION.values(fields)}, stable=stable, canary=canary)
