"""What is said of a Consul ServiceSplitter, whose splits go to Services of their own or to subsets of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from console.plan.literal import literal, quoted
from console.plan.names import parse_label
from console.plan.routed import Can
from console.plan.section import Section, label, subdomain
from console.plan.units import BadValue

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "pods"
DESTINATION = Section(
    {
        "service": label("A service of Consul, where each version has its own."),
        "subset": label("A subset of the ServiceResolver."),
    },
    least=1,
)
SECTION = Section(
    {
        "service_splitter": subdomain("The ServiceSplitter whose weights are written.", needed=True),
        "stable": DESTINATION.key("Where the old version's share goes."),
        "canary": DESTINATION.key("Where the new version's share goes."),
    },
    about="A Consul ServiceSplitter.",
)
KEYS, schema = SECTION.names, SECTION.schema
HINT = "write router: {consul: {service_splitter: ..., stable: {subset: ...}, canary: {subset: ...}}}"
SIDES = ("subset:NAME", "service:NAME")


class Destination(Struct, frozen=True, kw_only=True):
    """Where one split goes: a service, or a subset of one, which is the splitter's unless said."""

    service: str | None = None
    subset: str | None = None

    @property
    def in_words(self) -> str:
        """Say it: `subset v1 of service checkout`."""
        subset = f"subset {self.subset}" if self.subset else ""
        service = f"service {self.service}" if self.service else ""
        return " of ".join(part for part in (subset, service) if part)

    @property
    def whole(self) -> str:
        """Name it by all that is known of it: `checkout/v1`."""
        return "/".join(part for part in (self.service, self.subset) if part)


class Mark(Struct, frozen=True, kw_only=True):
    """What a way back has to know."""

    stable: Destination
    canary: Destination

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        return Settings(service_splitter=target, stable=self.stable, canary=self.canary)


class Settings(Struct, frozen=True, kw_only=True, tag="consul", tag_field="kind"):
    """One plan's ServiceSplitter."""

    service_splitter: str
    stable: Destination
    canary: Destination

    @property
    def target(self) -> str:
        """Name the object."""
        return self.service_splitter

    @property
    def in_words(self) -> str:
        """Say it: `ServiceSplitter checkout: subset v1 and subset v2`."""
        return f"ServiceSplitter {self.service_splitter}: {self.stable.in_words} and {self.canary.in_words}"

    @property
    def names(self) -> tuple[str, str]:
        """Call the two by their subsets where these differ, else by all that is known of them."""
        stable, canary = self.stable.subset, self.canary.subset
        if stable and canary and stable != canary:
            return stable, canary
        return self.stable.whole, self.canary.whole

    @property
    def hosts(self) -> tuple[str, str]:
        """Return the services' names."""
        return self.stable.service or "", self.canary.service or ""

    @property
    def to_the_canary(self) -> str:
        """Name the subset's filter, or the Service's selector."""
        if self.canary.subset is None:
            return f"the selector of Service {self.canary.service}"
        return f"the filter of subset {self.canary.subset} in the ServiceResolver"

    @property
    def mark(self) -> Mark:
        """Return both destinations."""
        return Mark(stable=self.stable, canary=self.canary)


def read(fields: Fields) -> Settings:
    """Read the section; the two destinations must differ."""
    stable, canary = _read_destination(fields, "stable"), _read_destination(fields, "canary")
    if stable == canary != Destination():
        message = "stable and canary are the same destination: there would be nothing to split"
        hint = "name the new version's own subset or service"
        fields.problems.add(fields.key_mark("canary"), message, hint=hint)
    return Settings(**SECTION.values(fields), stable=stable, canary=canary)


def _read_destination(fields: Fields, key: str) -> Destination:
    hint = f"write {key}: {{subset: ...}}, or service, or both"
    destination = fields.section(key, known=DESTINATION.names, hint=hint)
    if destination is None:
        return Destination()
    if not destination.has_any(DESTINATION.names):
        destination.problems.add(destination.at, f"{quoted(key)} has neither subset nor service", hint=hint)
    return Destination(**DESTINATION.values(destination))


def parse_side(text: str) -> Destination:
    """Read `subset:v1`, `service:checkout-v1`, or both: `service:checkout,subset:v1`.

    Raises `BadValue` for anything else.
    """
    side = Destination()
    for part in text.split(","):
        key, _, value = part.strip().partition(":")
        if key == "subset":
            side = replace(side, subset=parse_label(value))
        elif key == "service":
            side = replace(side, service=parse_label(value))
        else:
            raise BadValue(f"{literal(text)} is no destination", hint=" or ".join(SIDES))
    return side
