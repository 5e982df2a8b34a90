"""What is said of a router: one module a kind, and here the list of their names. No I/O.

What is done with a router of a kind stands in the module of the same name in `console.traffic.routers`. A new
kind is these two modules and its name in `NAMES`; `docs/write-a-router.md` goes through them. In a plan, and
so in each journal, a router is plain data with its kind in it: a journal of a kind that only another version
of pithead knows can be read, told and written again as it was.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct

from console.plan.routed import SETTLE_S, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

NAMES = (
    "istio",
    "gateway_api",
    "apisix",
    "aws_alb",
    "consul",
    "contour",
    "nginx_ingress",
    "nginx_virtualserver",
    "smi",
    "traefik",
)
"""Every kind, the most common one first: the only list of them."""
DEEPEST = 20
"""Levels of lists and mappings in a router's data, in a plan that a stranger may have sent: what reads it
goes down by calls. The deepest that is known has three."""


def module_of(name: str) -> ModuleType:
    """Import the module of a kind, of which `NAMES` has the name: only when one is asked for."""
    return import_module(f"{__name__}.{name}")


def name_in(router: Mapping[str, Any]) -> str:
    """Name the kind of a plan's router; an older pithead kept no more than that of one it did not know."""
    kind = str(router.get("kind", ""))
    return str(router.get("name", kind)) if kind == "unknown" else kind


def read_in(router: Mapping[str, Any]) -> Settings | None:
    """Read a plan's router; None for a kind that is not known here.

    Raises ValueError for what is no router.
    """
    name = router.get("kind")
    if not isinstance(name, str) or _is_deeper(router, DEEPEST):
        raise ValueError("the router has no kind, or is no router")
    if name not in NAMES:
        return None
    try:
        return cast("Settings", msgspec.convert(router, module_of(name).Settings))
    except msgspec.ValidationError as error:
        raise ValueError(f"the router: {error}") from error


def settle_s(kind: str) -> float:
    """Return how long a write may take to be followed by traffic, for a kind that may not be known here."""
    return float(module_of(kind).CAN.settle_s) if kind in NAMES else SETTLE_S


def written(settings: Settings) -> dict[str, Any]:
    """Write a router as a plan holds it."""
    assert isinstance(settings, Struct)
    return cast("dict[str, Any]", msgspec.to_builtins(settings))


def lock_of(kind: str, target: str) -> str:
    """Name the lease of a router: two plans that move one object exclude each other."""
    return f"pithead-{kind.replace('_', '-')}-{target}"


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)
