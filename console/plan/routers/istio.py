"""What is said of an Istio VirtualService, whose one HTTP route is split between two destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from console.plan.literal import literal, quoted
from console.plan.names import parse_label, parse_subdomain
from console.plan.routed import Can
from console.plan.section import Section, label, subdomain, title
from console.plan.units import BadValue

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "istio"
DESTINATION = Section(
    {
        "subset": label("A subset of the DestinationRule."),
        "host": subdomain("A host, where each version has its own."),
    },
    least=1,
)
SECTION = Section(
    {
        "virtual_service": subdomain("The VirtualService whose weights are written.", needed=True),
        "route": title("The HTTP route's name, if several."),
        "stable": DESTINATION.key("Where the old version's share goes."),
        "canary": DESTINATION.key("Where the new version's share goes."),
    },
    about="An Istio VirtualService.",
)
KEYS, schema = SECTION.names, SECTION.schema
HINT = "write router: {istio: {virtual_service: ..., stable: ..., canary: ...}}"
SIDES = ("subset:NAME", "host:NAME")


class Destination(Struct, frozen=True, kw_only=True):
    """One destination of a route: a subset of the route's host, or a host of its own, or both."""

    subset: str | None = None
    host: str | None = None

    @property
    def in_words(self) -> str:
        """Say it: `subset v1 of checkout`."""
        subset = f"subset {self.subset}" if self.subset else ""
        return " of ".join(part for part in (subset, self.host) if part)

    @property
    def whole(self) -> str:
        """Name it by all that is known of it: `checkout/v1`."""
        return "/".join(part for part in (self.host, self.subset) if part)


class Mark(Struct, frozen=True, kw_only=True):
    """What a way back has to know."""

    stable: Destination
    canary: Destination
    route: str | None = None
    """The HTTP route's name; None where the object had only one."""

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(virtual_service=target, route=self.route, stable=self.stable, canary=self.canary)


class Settings(Struct, frozen=True, kw_only=True, tag="istio", tag_field="kind"):
    """One plan's VirtualService."""

    virtual_service: str
    route: str | None
    """The name of the HTTP route; None where the object has only one."""
    stable: Destination
    canary: Destination

    @property
    def target(self) -> str:
        """Name the object."""
        return self.virtual_service

    @property
    def in_words(self) -> str:
        """Say it: `VirtualService checkout: subset v1 and subset v2`."""
        route = f", route {literal(self.route)}" if self.route else ""
        split = f"{self.stable.in_words} and {self.canary.in_words}"
        return f"VirtualService {self.virtual_service}{route}: {split}"

    @property
    def names(self) -> tuple[str, str]:
        """Call the two by their subsets where these differ, else by all that is known of them."""
        stable, canary = self.stable.subset, self.canary.subset
        if stable and canary and stable != canary:
            return stable, canary
        return self.stable.whole, self.canary.whole

    @property
    def hosts(self) -> tuple[str, str]:
        """Return the destinations' hosts."""
        return self.stable.host or "", self.canary.host or ""

    @property
    def to_the_canary(self) -> str:
        """Name the subset and the Service's selector."""
        if self.canary.subset is None:
            return f"the selector of Service {self.canary.host}"
        return f"the DestinationRule's subset {self.canary.subset}, its Service's selector"

    @property
    def mark(self) -> Mark:
        """Return both destinations and the route."""
        return Mark(stable=self.stable, canary=self.canary, route=self.route)


def read(fields: Fields) -> Settings:
    """Read the section; the two destinations must differ."""
    stable, canary = _read_destination(fields, "stable"), _read_destination(fields, "canary")
    if stable == canary != Destination():
        message = "stable and canary are the same destination: there would be nothing to split"
        fields.problems.add(
            fields.key_mark("canary"), message, hint="name the new version's own subset or host"
        )
    return Settings(**{"route": None, **SECTION.values(fields)}, stable=stable, canary=canary)


def _read_destination(fields: Fields, key: str) -> Destination:
    hint = f"write {key}: {{subset: ...}}, or host, or both"
    destination = fields.section(key, known=DESTINATION.names, hint=hint)
    if destination is None:
        return Destination()
    if not destination.has_any(DESTINATION.names):
        destination.problems.add(destination.at, f"{quoted(key)} has neither subset nor host", hint=hint)
    return Destination(**DESTINATION.values(destination))


def parse_side(text: str) -> Destination:
    """Read `subset:v1`, `host:checkout-v1`, or both: `host:checkout,subset:v1`.

    Raises `BadValue` for anything else.
    """
    side = Destination()
    for part in text.split(","):
        key, _, value = part.strip().partition(":")
        if key == "subset":
            side = replace(side, subset=parse_label(value))
        elif key == "host":
            side = replace(side, host=parse_subdomain(value))
        else:
            raise BadValue(f"{literal(text)} is no destination", hint="subset:NAME or host:NAME")
    return side
