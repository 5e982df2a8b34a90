"""What is said of an Ingress of AWS Load Balancer Controller: one action splits between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.plan import backend
from console.plan.backend import Backend, BetweenServices, read_backends
from console.plan.routed import Can
from console.plan.section import Section, label, subdomain

if TYPE_CHECKING:
    from console.plan.fields import Fields

SETTLE_S = 60.0
"""Seconds that the controller and AWS take for a weight; more where AWS throttles."""
CAN = Can(settle_s=SETTLE_S)
PRESET = "pods"
HINT = "write router: {aws_alb: {ingress: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES, parse_side = backend.SIDES, backend.parse_backend
SECTION = Section(
    {
        "ingress": subdomain("The Ingress whose annotation holds the weights.", needed=True),
        "action": label("The action's name, as in the annotation actions.NAME, if several."),
        "stable": backend.STABLE,
        "canary": backend.CANARY,
    },
    about="An Ingress of AWS Load Balancer Controller.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(Struct, frozen=True, kw_only=True):
    """What a way back has to know."""

    stable: Backend
    canary: Backend
    action: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(ingress=target, action=self.action, stable=self.stable, canary=self.canary)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="aws_alb", tag_field="kind"):
    """One plan's Ingress."""

    ingress: str
    action: str | None = None
    """The action's name; None where the Ingress has only one that forwards by weight."""

    @property
    def target(self) -> str:
        """Name the object."""
        return self.ingress

    @property
    def in_words(self) -> str:
        """Say it: `ALB Ingress checkout: Service checkout-v1 and Service checkout-v2`."""
        action = f", action {self.action}" if self.action else ""
        return f"ALB Ingress {self.ingress}{action}: {self.both}"

    @property
    def mark(self) -> Mark:
        """Return both backends and the action."""
        return Mark(stable=self.stable, canary=self.canary, action=self.action)


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
