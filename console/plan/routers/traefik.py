"""What is said of a TraefikService that splits between two Services."""

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
PRESET = "pods"
HINT = "write router: {traefik: {traefik_service: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "traefik_service": subdomain("The TraefikService whose weights are written.", needed=True),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="A weighted TraefikService.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), traefik_service=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="traefik", tag_field="kind"):
    """One plan's TraefikService."""

    TITLE = "TraefikService"
    NAMED = "traefik_service"
    MARK = Mark
    traefik_service: str


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
