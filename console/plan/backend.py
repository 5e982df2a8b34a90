"""A version's Service: how a plan says it of each kind of router that splits between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from console.plan.literal import literal, quoted
from console.plan.names import parse_label
from console.plan.section import Key, Section, label
from console.plan.units import BadValue, parse_count

if TYPE_CHECKING:
    from console.plan.fields import Fields
    from console.plan.routed import Settings

LAST_PORT = 65535
SIDES = ("service:NAME",)
"""How a person names one on the command line."""


def _parse_port(text: str) -> int:
    port = parse_count(text)
    if not 1 <= port <= LAST_PORT:
        raise BadValue(f"{quoted(text)} is no port", hint=f"write a number from 1 to {LAST_PORT}")
    return port


_PORT = {"type": "integer", "minimum": 1, "maximum": LAST_PORT, "description": "Its port, if several."}
BACKEND = Section(
    {
        "service": label("A Service of the route's namespace, to which the route sends.", needed=True),
        "port": Key(shape=_PORT, parse=_parse_port),
    }
)
WHOLE = Section({"service": BACKEND.keys["service"]})
"""For a router that knows no ports."""
STABLE = BACKEND.key("Where the old version's share goes.")
CANARY = BACKEND.key("Where the new version's share goes.")


class Backend(Struct, frozen=True, kw_only=True):
    """A Service of the route's namespace."""

    service: str
    port: Annotated[int, Meta(ge=1, le=LAST_PORT)] | None = None
    """None where the route names the Service with one port only."""

    @property
    def in_words(self) -> str:
        """Say it: `Service checkout-v1`, `Service checkout-v1:8080`."""
        return f"Service {self.service}" + (f":{self.port}" if self.port else "")


class BothMarked(Struct, frozen=True, kw_only=True):
    """What a way back has to know of a router that splits between two Services."""

    stable: Backend
    canary: Backend

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of."""
        raise NotImplementedError


class BetweenServices(Struct, frozen=True, kw_only=True):
    """What the settings of each kind that splits between two Services have."""

    TITLE: ClassVar[str]
    """What people call the object."""
    NAMED: ClassVar[str]
    """The key that names it."""
    PART: ClassVar[str] = ""
    """The key that names a part of it, where it may have several."""
    MARK: ClassVar[type[BothMarked]]
    stable: Backend
    canary: Backend

    @property
    def target(self) -> str:
        """Name the object."""
        return str(getattr(self, self.NAMED))

    @property
    def in_words(self) -> str:
        """Say it: `HTTPProxy checkout, route /api: Service checkout-v1 and Service checkout-v2`."""
        part = getattr(self, self.PART) if self.PART else None
        of_it = f", {self.PART} {literal(part)}" if part else ""
        return f"{self.TITLE} {self.target}{of_it}: {self.both}"

    @property
    def both(self) -> str:
        """Say between what it splits: `Service checkout-v1 and Service checkout-v2`."""
        return f"{self.stable.in_words} and {self.canary.in_words}"

    @property
    def mark(self) -> BothMarked:
        """Return what of it a way back has to know."""
        return self.MARK(**{key: getattr(self, key) for key in self.MARK.__struct_fields__})

    @property
    def names(self) -> tuple[str, str]:
        """Call the two by their Services, with the ports where these are the same."""
        stable, canary = self.stable, self.canary
        if stable.service != canary.service:
            return stable.service, canary.service
        return f"{stable.service}-{stable.port}", f"{canary.service}-{canary.port}"

    @property
    def hosts(self) -> tuple[str, str]:
        """Return the Services' names."""
        return self.stable.service, self.canary.service

    @property
    def to_the_canary(self) -> str:
        """Name the Service's selector."""
        return f"the selector of Service {self.canary.service}"


def read_backends(fields: Fields, section: Section = BACKEND) -> tuple[Backend, Backend]:
    """Read `stable` and `canary`, which must differ."""
    stable, canary = (_read(fields, key, section) for key in ("stable", "canary"))
    if stable.service and stable == canary:
        message = "stable and canary are the same backend: there would be nothing to split"
        fields.problems.add(fields.key_mark("canary"), message, hint="name the new version's own Service")
    return stable, canary


def _read(fields: Fields, key: str, section: Section) -> Backend:
    hint = f"write {key}: {{service: ...}}"
    backend = fields.section(key, known=section.names, hint=hint)
    if backend is None:
        return Backend(service="")
    return Backend(**section.values(backend, hint=hint))


def parse_backend(text: str) -> Backend:
    """Read `service:checkout-v1`, or with its port: `service:checkout-v1,port:8080`.

    Raises `BadValue` for anything else.
    """
    side = Backend(service="")
    for part in text.split(","):
        key, _, value = part.strip().partition(":")
        if key == "service":
            side = replace(side, service=parse_label(value))
        elif key == "port":
            side = replace(side, port=_parse_port(value))
        else:
            raise BadValue(f"{literal(text)} is no backend", hint=SIDES[0])
    if not side.service:
        raise BadValue(f"{literal(text)} names no Service", hint=SIDES[0])
    return side
