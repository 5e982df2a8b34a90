"""How Prometheus is reached, and by what it knows us; each secret by its place, never by its text."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MOST_ENTRIES = 20
"""Headers, labels, arguments or variables: no door needs more, and a journal from a stranger has no more."""
Names = Annotated[dict[str, str], Meta(max_length=MOST_ENTRIES)]
Place = str
"""`env:NAME` or `file:/PATH`; empty where the plan names none."""


class Service(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Service inside the cluster, asked through the API server's own proxy."""

    namespace: str
    name: str
    port: str = ""
    """By number or name; empty where the Service has only one."""
    tls: bool = False
    """Whether the API server speaks TLS to it."""
    path: str = ""
    """What stands before `/api`, as `/prometheus`; empty where nothing does."""

    @property
    def target(self) -> str:
        """Name it as the API's path and an RBAC rule's resourceNames do: `https:prometheus:9090`."""
        scheme = "https:" if self.tls else ""
        if not scheme and not self.port:
            return self.name
        return f"{scheme}{self.name}:{self.port}"

    @property
    def in_words(self) -> str:
        """Name it as a plan does."""
        return f"{self.namespace}/{self.target.rstrip(':')}{self.path}"


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program that prints a token."""

    command: str
    args: Annotated[tuple[str, ...], Meta(max_length=MOST_ENTRIES)] = ()
    env: Names = {}


class Access(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a plan says of the way to Prometheus, beside its address."""

    service: Service | None = None
    """Where the address is a Service; None where it is a URL."""
    token: Place = ""
    username: str = ""
    """As it is, or a place."""
    password: Place = ""
    exec: Command | None = None
    client_certificate: Place = ""
    client_key: Place = ""
    ca: Place = ""
    server_name: str = ""
    """The name in the server's certificate, where the address has another one: behind a tunnel."""
    headers: Names = {}
    """Each value as it is, or a place."""
    labels: Names = {}
    """Matchers that each selector of each query gets."""

    @property
    def secrets(self) -> tuple[Place, ...]:
        """All places that hold a text."""
        named = (self.token, self.username, self.password, *self.headers.values())
        return tuple(place for place in named if is_place(place))

    @property
    def certificates(self) -> tuple[Place, ...]:
        """All places that hold a PEM."""
        named = (self.client_certificate, self.client_key, self.ca)
        return tuple(place for place in named if place)


def is_place(text: str) -> bool:
    """Return whether this says where a value is found, and is none itself."""
    return text.startswith(("env:", "file:/"))
