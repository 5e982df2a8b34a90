"""What is said of an Ingress of AWS Load Balancer Controller: one action splits between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from console.plan import backend
from console.plan.backend import BetweenServices, BothMarked, read_backends
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


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    action: str | None = None

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), ingress=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="aws_alb", tag_field="kind"):
    """One plan's Ingress."""

    TITLE = "ALB Ingress"
    NAMED = "ingress"
    PART = "action"
    MARK = Mark
    ingress: str
    action: str | None = None
    """The action's name; None where the Ingress has only one that forwards by weight."""


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = read_backends(fields)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)
