"""Canary Ingresses."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from console.errors import Conflict
from console.plan.backend import Backend
from console.plan.routers.nginx_ingress import Settings
from tests.traffic.ground import DEADLINE_S

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    ingress="checkout-main",
    canary_ingress="checkout",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2"),
)
NAMED = Settings(
    ingress="checkout-main",
    canary_ingress="checkout",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"nginx": {"stableIngress": "checkout-main"}}
TAKES_OTHERS = False
ANNOTATION = "nginx.ingress.kubernetes.io/"


class Weight(dict[str, Any]):
    """One version's weight, read and written in the annotations of a canary Ingress that has 100 in all."""

    def __init__(self, annotations: Json, *, taken: bool) -> None:
        self._annotations = annotations
        self._taken = taken
        super().__init__(weight=self._of(int(annotations[f"{ANNOTATION}canary-weight"])))

    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key, value)
        self._annotations[f"{ANNOTATION}canary-weight"] = str(self._of(value))

    def _of(self, weight: int) -> int:
        total = int(self._annotations.get(f"{ANNOTATION}canary-weight-total", 100))
        return weight if self._taken else total - weight


def ingress(name: str, *services: str, annotations: Json | None = None, **spec: Any) -> Json:
    """Write one whose paths lead to these Services: `/`, then `/1` and so on."""
    paths = [
        {
            "path": f"/{number or ''}",
            "pathType": "Prefix",
            "backend": {"service": {"name": service, "port": {"number": 8080}}},
        }
        for number, service in enumerate(services)
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, **({"annotations": annotations} if annotations else {})},
        "spec": {"rules": [{"host": "checkout.example", "http": {"paths": paths}}], **spec},
    }


def canary(service: str, weight: int, total: int) -> Json:
    """Write a canary Ingress."""
    notes = {f"{ANNOTATION}canary": "true", f"{ANNOTATION}canary-weight": str(weight)}
    if total != 100:
        notes[f"{ANNOTATION}canary-weight-total"] = str(total)
    return ingress("checkout", service, annotations=notes)


def plain(*weights: int) -> Json:
    """Write one with these weights; it has none of others."""
    stable, taken = weights
    return canary("checkout-v2", taken, stable + taken)


def swapped(*weights: int) -> Json:
    """Write one that leads to stable, as behind a promotion."""
    stable, taken = weights
    return canary("checkout-v1", stable, stable + taken)


def rich(stable: int, canary: int) -> Json:
    """Write one with a class, TLS, testers by header, CORS, limits, a rewrite, and two hosts of two paths."""
    notes = {
        "canary": "true",
        "canary-weight": str(canary),
        "canary-by-header": "x-beta",
        "canary-by-header-value": "yes",
        "enable-cors": "true",
        "cors-allow-origin": "https://shop.example, https://pay.example",
        "rewrite-target": "/$2",
        "limit-rps": "20",
        "configuration-snippet": 'more_set_headers "x: a/b~c";\n',
    }
    service = {"service": {"name": "checkout-v2", "port": {"number": 8080}}}
    paths = [
        {"path": "/pay(/|$)(.*)", "pathType": "ImplementationSpecific", "backend": service},
        {"path": "/", "pathType": "Prefix", "backend": service},
    ]
    hosts = ["checkout.example", "pay.example"]
    obj = ingress("checkout", ingressClassName="nginx", tls=[{"hosts": hosts, "secretName": "checkout-tls"}])
    obj["spec"]["rules"] = [{"host": host, "http": {"paths": paths}} for host in hosts]
    annotations = {f"{ANNOTATION}{name}": value for name, value in notes.items()}
    assert stable + canary == 100
    obj["metadata"] |= {
        "labels": {"team": "pay"},
        "annotations": {"note/x": "kept", "cert-manager.io/issuer": "x", **annotations},
    }
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Return both weights, of which the annotations hold one."""
    (leads,) = {path["backend"]["service"]["name"] for path in obj["spec"]["rules"][0]["http"]["paths"]}
    notes = obj["metadata"]["annotations"]
    to_canary = leads == "checkout-v2"
    return Weight(notes, taken=not to_canary), Weight(notes, taken=to_canary)


def status(_obj: Json) -> Json | None:
    """Whoever serves it writes addresses there, and nothing of weights."""
    return None


async def lay_behind(shop: Shop) -> None:
    """Store the Ingress beside it, and a Service for each version."""
    await shop.lay_services()
    await lay_ingress(shop)


async def lay_ingress(shop: Shop, *services: str) -> None:
    """Store the Ingress that all requests come to."""
    path = shop.path(group="networking.k8s.io", plural="ingresses")
    obj = ingress("checkout-main", *(services or ("checkout-v1",)))
    with suppress(Conflict):  # it is there
        await shop.cluster.post(path, obj, deadline_s=DEADLINE_S)
