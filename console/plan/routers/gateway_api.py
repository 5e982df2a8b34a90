"""What is said of a Gateway API HTTPRoute, of which one rule is split between two Services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from console.plan.literal import literal, quoted
from console.plan.names import parse_label
from console.plan.routed import Can
from console.plan.section import Key, Section, label, subdomain
from console.plan.units import BadValue, parse_count

if TYPE_CHECKING:
    from console.plan.fields import Fields

CAN = Can()
PRESET = "istio"
HINT = "write router: {gateway_api: {http_route: ..., stable: {service: ...}, canary: {service: ...}}}"
SIDES = ("service:NAME",)
LAST_PORT = 65535


def _parse_port(text: str) -> int:
    port = parse_count(text)
    if not 1 <= port <= LAST_PORT:
        raise BadValue(f"{quoted(text)} is no port", hint=f"write a number from 1 to {LAST_PORT}")
    return port


_PORT = {"type": "integer", "minimum": 1, "maximum": LAST_PORT, "description": "Its port, if several."}
BACKEND = Section(
    {
        "service": label("A Service of the route's namespace, one of the rule's backendRefs.", needed=True),
        "port": Key(shape=_PORT, parse=_parse_port),
    }
)
SECTION = Section(
    {
        "http_route": subdomain("The HTTPRoute whose weights are written.", needed=True),
        "rule": subdomain("The rule's name, or its number from 1 on, if several."),
        "stable": BACKEND.key("Where the old version's share goes."),
        "canary": BACKEND.key("Where the new version's share goes."),
    },
    about="A Gateway API HTTPRoute.",
)
KEYS, schema = SECTION.names, SECTION.schema


class Backend(Struct, frozen=True, kw_only=True):
    """One of a rule's backends: a Service of the route's namespace."""

    service: str
    port: Annotated[int, Meta(ge=1, le=LAST_PORT)] | None = None
    """None where the rule names the Service with one port only."""

    @property
    def in_words(self) -> str:
        """Say it: `Service checkout-v1`, `Service checkout-v1:8080`."""
        return f"Service {self.service}" + (f":{self.port}" if self.port else "")


class Mark(Struct, frozen=True, kw_only=True):
    """What a way back has to know."""

    stable: Backend
    canary: Backend
    rule: str | None = None

    def settings(self, target: str) -> Settings:
        """Give the settings that it was made of."""
        return Settings(http_route=target, rule=self.rule, stable=self.stable, canary=self.canary)


class Settings(Struct, frozen=True, kw_only=True, tag="gateway_api", tag_field="kind"):
    """One plan's HTTPRoute."""

    http_route: str
    rule: str | None
    """The rule's name, or its number from 1 on; None where the route has only one."""
    stable: Backend
    canary: Backend

    @property
    def target(self) -> str:
        """Name the object."""
        return self.http_route

    @property
    def in_words(self) -> str:
        """Say it: `HTTPRoute checkout: Service checkout-v1 and Service checkout-v2`."""
        rule = f", rule {literal(self.rule)}" if self.rule else ""
        return f"HTTPRoute {self.http_route}{rule}: {self.stable.in_words} and {self.canary.in_words}"

    @property
    def names(self) -> tuple[str, str]:
        """Call the two by their Services, with the ports where these are the same."""
        stable, canary = self.stable, self.canary
        if stable.service != canary.service:
            return stable.service, canary.service
        return f"{stable.service}-{stable.port}", f"{canary.service}-{canary.port}"

    @property
    def hosts(self) -> tuple[str, str]:
        """Give the Services' names."""
        return self.stable.service, self.canary.service

    @property
    def to_the_canary(self) -> str:
        """Name the Service's selector."""
        return f"the selector of Service {self.canary.service}"

    @property
    def mark(self) -> Mark:
        """Give both backends and the rule."""
        return Mark(stable=self.stable, canary=self.canary, rule=self.rule)


def read(fields: Fields) -> Settings:
    """Read the section; the two backends must differ."""
    stable, canary = _read_backend(fields, "stable"), _read_backend(fields, "canary")
    if stable.service and stable == canary:
        message = "stable and canary are the same backend: there would be nothing to split"
        fields.problems.add(fields.key_mark("canary"), message, hint="name the new version's own Service")
    return Settings(**{"rule": None, **SECTION.values(fields)}, stable=stable, canary=canary)


def _read_backend(fields: Fields, key: str) -> Backend:
    hint = f"write {key}: {{service: ...}}"
    backend = fields.section(key, known=BACKEND.names, hint=hint)
    if backend is None:
        return Backend(service="")
    return Backend(**BACKEND.values(backend, hint=hint))


def parse_side(text: str) -> Backend:
    """Read `service:checkout-v1`, or with its port: `service:checkout-v1,port:8080`."""
    side = Backend(service="")
    for part in text.split(","):
        key, _, value = part.strip().partition(":")
        if key == "service":
            side = replace(side, service=parse_label(value))
        elif key == "port":
            side = replace(side, port=_parse_port(value))
        else:
            raise BadValue(f"{literal(text)} is no backend", hint="service:NAME")
    if not side.service:
        raise BadValue(f"{literal(text)} names no Service", hint="service:NAME")
    return side
