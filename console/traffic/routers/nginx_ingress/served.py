"""Who serves a canary Ingress, and whether it takes requests from the Ingress that the plan names."""

from __future__ import annotations

from typing import Any

from console.cluster.api import Api
from console.cluster.shapes import shaped
from console.errors import ClusterError
from console.plan.literal import literal
from console.plan.routers.nginx_ingress import Settings
from console.preflight import Check
from console.traffic.routers.nginx_ingress.canary_ingress import (
    CLASS,
    Share,
    annotations_of,
    is_meant,
    routes_of,
)
from console.traffic.routers.nginx_ingress.shapes import IngressClass

Json = dict[str, Any]

LONGEST_CLASS_CHARS = 100
"""Characters of an IngressClass' name or controller that are quoted."""
OBEYS = {
    "k8s.io/ingress-nginx": "ingress-nginx, or Traefik's provider for its annotations",
    "traefik.io/ingress-controller": "Traefik, if its provider for ingress-nginx's annotations is on",
}
"""Controllers that obey canary annotations, by the name in their IngressClass."""
IGNORES = "nginx.org/ingress-controller"
"""F5's NGINX Ingress Controller: it serves two Ingresses of one path as one, and knows no canary."""


def check_beside(canary: Json, ingress: Json, place: Share, settings: Settings, *, name: str) -> Check:
    """Look whether the Ingress has the canary Ingress' hosts and paths, and the other version behind them."""
    label = f"Ingress beside {name}"
    other = settings.canary if place.flipped else settings.stable
    there = routes_of(ingress)
    for host, path in routes_of(canary):
        service = there.get((host, path))
        if service is None:
            words = f"{settings.ingress} has no path {path} of host {host}: nothing would be split there"
            return Check(name=label, ok=False, words=words)
        if not is_meant(service, other):
            words = f"{path} of host {host} leads to Service {service.get('name')} in {settings.ingress}"
            words = f"{words}, and not to {other.in_words}: mend the Ingress, or the plan"
            return Check(name=label, ok=False, words=words)
    if _class(canary) != _class(ingress):
        words = f"its class is {_class(canary) or 'the default'}, and {_class(ingress) or 'the default'} is"
        return Check(
            name=label, ok=False, words=f"{words} that of {settings.ingress}: nothing would be split"
        )
    return Check(name=label, ok=True, words=f"{settings.ingress} leads to {other.in_words} by the same paths")


async def check_class(api: Api, obj: Json, *, name: str, deadline_s: float) -> Check:
    """Say which controller serves it, as far as its class tells."""
    label, named = f"class of {name}", _class(obj)
    if not named:
        return Check(name=label, ok=True, words="it names none: the cluster's default class serves it")
    said = literal(named, longest=LONGEST_CLASS_CHARS)
    path = f"/apis/networking.k8s.io/v1/ingressclasses/{named}"
    try:
        found = shaped(await api.get(path, deadline_s=deadline_s), IngressClass)
    except ClusterError:
        return Check(name=label, ok=True, words=f"{said}: whose that is can't be read")
    controller = str((found.get("spec") or {}).get("controller") or "")
    if controller in OBEYS:
        return Check(name=label, ok=True, words=f"{said}: served by {OBEYS[controller]}")
    whose = literal(controller, longest=LONGEST_CLASS_CHARS) or "nobody"
    if controller == IGNORES:
        words = f"{said} is served by {whose}, which knows no canary Ingress: use router.nginx_virtualserver"
        return Check(name=label, ok=False, words=words)
    words = f"{said} is served by {whose}: whether that obeys canary annotations is not known"
    return Check(name=label, ok=True, words=words, warning=True)


def _class(obj: Json) -> str:
    named = (obj.get("spec") or {}).get("ingressClassName")
    return str(named or annotations_of(obj).get(CLASS) or "")
