"""What is said of a TraefikService that splits between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.plan import backend
from console.plan.backend import Backend, BetweenServices, read_backends
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


class Mark(Struct, frozen=True, kw_only=True):
    """What a way back has to know."""

    stable: Backend
    canary: Backend

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(traefik_service=target, stable=self.stable, canary=self.canary)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="traefik", tag_field="kind"):
    """One plan's TraefikService."""

    traefik_service: str

    @property
    def target(self) -> str:
        """Name the object."""
        return self.traefik_service

    @property
    def in_words(self) -> str:
        """Say it: `TraefikService checkout: Service checkout-v1 and Service checkout-v2`."""
        return f"TraefikService {self.traefik_service}: {self.both}"

    @property
    def mark(self) -> Mark:
        """Return both backends."""
        return Mark(stable=self.stable, canary=self.canary)


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
