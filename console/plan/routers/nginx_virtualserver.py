"""What is said of a VirtualServer of NGINX Ingress Controller, whose route splits between two Services."""

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
HINT = "write router: {nginx_virtualserver: {virtual_server: ..., stable: {service: ...}, canary: ...}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "virtual_server": subdomain("The VirtualServer whose weights are written.", needed=True),
        "route": title("The route's path, like /pay, or its number from 1 on, if several."),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="A VirtualServer of NGINX Ingress Controller.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    route: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), virtual_server=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="nginx_virtualserver", tag_field="kind"):
    """One plan's VirtualServer."""

    TITLE = "VirtualServer"
    NAMED = "virtual_server"
    PART = "route"
    MARK = Mark
    virtual_server: str
    route: str | None = None
    """The route's path, or its number from 1 on; None where the object has only one."""


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
