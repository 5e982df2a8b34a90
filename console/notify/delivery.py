"""One message to be carried, and what became of it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class DeliveryMethod(StrEnum):
    """How a message travels."""

    APPRISE = "apprise"
    GRAFANA = "grafana"


class Delivery(Struct, frozen=True, kw_only=True):
    """What is said, to whom; it holds no secret, only the place where one is found."""

    method: DeliveryMethod
    secret: str
    """Where the address or the token is found: `env:NAME` or `file:/PATH`."""
    occasion: str
    title: str
    text: str
    at: float
    """Epoch seconds."""
    url: str = ""
    """Grafana's base URL."""
    tags: tuple[str, ...] = ()
    """Grafana's."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a delivery."""

    trouble: str = ""
    """Why not, in words without a secret; empty where it was delivered."""
