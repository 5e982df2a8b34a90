"""What is said of a TrafficSplit of the Service Mesh Interface, which splits between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from console.plan import backend
from console.plan.backend import Backend, BetweenServices, BothMarked, read_backends
from console.plan.literal import literal
from console.plan.routed import Can
from console.plan.section import Section, subdomain
from console.plan.units import BadValue

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "pods"
HINT = "write router: {smi: {traffic_split: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES = backend.SIDES
SECTION = Section(
    {
        "traffic_split": subdomain("The TrafficSplit whose weights are written.", needed=True),
        "stable": backend.WHOLE.key("Where the old version's share goes."),
        "canary": backend.WHOLE.key("Where the new version's share goes."),
    },
    about="A TrafficSplit of the Service Mesh Interface.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Mark(BothMarked, frozen=True, kw_only=True):
    """What a way back has to know."""

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(**asdict(self), traffic_split=target)


class Settings(BetweenServices, frozen=True, kw_only=True, tag="smi", tag_field="kind"):
    """One plan's TrafficSplit."""

    TITLE = "TrafficSplit"
    NAMED = "traffic_split"
    MARK = Mark
    traffic_split: str


def read(fields: Fields) -> Settings:
    """Read the section; the two Services must differ."""
    stable, canary = read_backends(fields, backend.WHOLE)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)


def parse_side(text: str) -> Backend:
    """Read `service:checkout-v1`; raises `BadValue` for one with a port too."""
    side = backend.parse_backend(text)
    if side.port:
        raise BadValue(f"{literal(text)} names a port, and a TrafficSplit knows none", hint=SIDES[0])
    return side
