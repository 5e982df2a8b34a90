"""What is said of a Contour HTTPProxy, of which one route is split between two Services."""

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
HINT = "write router: {contour: {http_proxy: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "http_proxy": subdomain("The HTTPProxy whose weights are written.", needed=True),
        "route": title("The route's path condition, like /api, or its number from 1 on, if several."),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="A Contour HTTPProxy.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    route: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), http_proxy=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="contour", tag_field="kind"):
    """One plan's HTTPProxy."""

    TITLE = "HTTPProxy"
    NAMED = "http_proxy"
    PART = "route"
    MARK = Mark
    http_proxy: str
    route: str | None = None
    """The route's path condition, or its number from 1 on; None where the object has only one."""


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
