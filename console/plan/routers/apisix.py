"""What is said of an ApisixRoute, of which one HTTP rule is split between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from console.plan import backend
from console.plan.backend import BetweenServices, BothMarked, read_backends
from console.plan.routed import Can
from console.plan.section import Section, subdomain, title

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "pods"
HINT = "write router: {apisix: {apisix_route: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "apisix_route": subdomain("The ApisixRoute whose weights are written.", needed=True),
        "rule": title("The HTTP rule's name, if several."),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="An ApisixRoute of Apache APISIX.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    rule: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), apisix_route=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="apisix", tag_field="kind"):
    """One plan's ApisixRoute."""

    TITLE = "ApisixRoute"
    NAMED = "apisix_route"
    PART = "rule"
    MARK = Mark
    apisix_route: str
    rule: str | None = None
    """The HTTP rule's name; None where the route has only one."""


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
