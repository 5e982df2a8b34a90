"""What is said of a canary Ingress, which takes a share of the requests of another Ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.plan import backend
from console.plan.backend import Backend, BetweenServices, BothMarked, read_backends
from console.plan.routed import Can
from console.plan.section import Section, subdomain

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "pods"
HINT = "write router: {nginx_ingress: {ingress: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "ingress": subdomain("The Ingress that all requests come to.", needed=True),
        "canary_ingress": subdomain("The one with the canary's share; else that name with -canary."),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="An Ingress and its canary Ingress, as ingress-nginx and Traefik serve them.",
)
KEYS, schema = SECTION.names, SECTION.schema
SUFFIX = "-canary"
"""What the name of the canary Ingress has more, where the plan does not say its name."""


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    ingress: str

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return settings_of(target, ingress=self.ingress, stable=self.stable, canary=self.canary)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="nginx_ingress", tag_field="kind"):
    """One plan's Ingress and canary Ingress."""

    MARK = Mark
    ingress: str
    canary_ingress: str | None = None
    """None where it is called as the Ingress is, with `-canary`."""

    @property
    def target(self) -> str:
        """Name the object that is written: the canary Ingress."""
        return self.canary_ingress or f"{self.ingress}{SUFFIX}"

    @property
    def in_words(self) -> str:
        """Say it: `canary Ingress checkout-canary of checkout: Service checkout-v1 and ...`."""
        return f"canary Ingress {self.target} of {self.ingress}: {self.both}"


def settings_of(target: str, *, ingress: str, stable: Backend, canary: Backend) -> Settings:
    """Return the settings of a canary Ingress of this name."""
    name = None if target == f"{ingress}{SUFFIX}" else target
    return Settings(ingress=ingress, canary_ingress=name, stable=stable, canary=canary)


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ, and so must the two Ingresses."""
    stable, canary = read_backends(fields)
    settings = Settings(**SECTION.values(fields), stable=stable, canary=canary)
    if settings.ingress and settings.target == settings.ingress:
        message = "the canary Ingress is the Ingress itself: it can't hold a share of its own requests"
        fields.problems.add(fields.key_mark("canary_ingress"), message, hint="leave it out, or name another")
    return settings_of(settings.target, ingress=settings.ingress, stable=stable, canary=canary)
