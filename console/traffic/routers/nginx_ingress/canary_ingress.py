"""Where the weight stands in a canary Ingress, the operations that set it, and how one is made.

Pure. Two annotations say how many of how many requests the canary Ingress takes from the Ingress of the same
hosts and paths: as text, 100 in all where the second is absent. The Ingress itself is only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.plan.literal import literal
from console.traffic.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.plan.backend import Backend
    from console.plan.routers.nginx_ingress import Settings

Json = dict[str, Any]

PREFIX = "nginx.ingress.kubernetes.io/"
CANARY, WEIGHT, TOTAL = f"{PREFIX}canary", f"{PREFIX}canary-weight", f"{PREFIX}canary-weight-total"
HEADER, COOKIE = f"{PREFIX}canary-by-header", f"{PREFIX}canary-by-cookie"
CLASS = "kubernetes.io/ingress.class"
"""How an Ingress names its class where it is older than `ingressClassName`."""
MADE = "pithead/made-for"
"""Our annotation on a canary Ingress that a release has made: it is removed with its last weight."""


class Share(Place, frozen=True, kw_only=True):
    """What a canary Ingress takes: stable has the first weight, the canary the second."""

    flipped: bool
    """Whether it leads to stable, and the Ingress to the canary: so it is behind a promotion."""
    total: int
    """Of both weights, as stored."""
    service: Json
    """Where it leads."""
    paths: tuple[str, ...]
    """Pointers to each backend: a write insists that they lead where they did."""


def find_share(obj: Json, settings: Settings) -> Share:
    """Find what it takes; raises `NotAsPlanned`, with how to mend it, where it is no canary's or stable's."""
    annotations, name = annotations_of(obj), settings.target
    if annotations.get(CANARY) != "true":
        raise NotAsPlanned(
            f"Ingress {name} is no canary Ingress.",
            hint=f'Name another with router.nginx_ingress.canary_ingress, or annotate it: {CANARY}: "true"',
        )
    found = {(str(each["name"]), port_of(each)) for _, each in backends_of(obj)}
    if len(found) != 1:
        leads = ", ".join(sorted(service for service, _ in found)) or "no Service"
        raise NotAsPlanned(
            f"Canary Ingress {name} leads to {leads}, and a release moves one Service's share.",
            hint=f"Let each of its paths lead to {settings.canary.service}.",
        )
    pointers, services = zip(*backends_of(obj), strict=True)
    flipped = is_meant(services[0], settings.stable)
    if not flipped and not is_meant(services[0], settings.canary):
        raise NotAsPlanned(
            f"Canary Ingress {name} leads to Service {services[0]['name']}, and neither to"
            f" {settings.canary.in_words} nor to {settings.stable.in_words}.",
            hint=f"Let it lead to {settings.canary.in_words}, or delete it: the first weight makes one.",
        )
    total = _number(annotations, TOTAL, default=FULL)
    if total < 1:
        raise NotAsPlanned(f"{TOTAL} of {name} is {total}.", hint="Write 100, or leave it out.")
    taken = min(total, _number(annotations, WEIGHT, default=0))
    weights = (taken, total - taken) if flipped else (total - taken, taken)
    return Share(
        weights=weights,
        stable=0,
        canary=1,
        flipped=flipped,
        total=total,
        service=services[0],
        paths=pointers,
    )


def patch_for(place: Share, *, weight: int) -> list[Json]:
    """Write the operations that set the weight, and the total where it can't say the percent."""
    stable, canary = place.weights_for(weight)
    total = stable + canary
    return [
        {"op": "test", "path": _pointer(CANARY), "value": "true"},
        *({"op": "test", "path": each, "value": place.service} for each in place.paths),
        {"op": "add", "path": _pointer(WEIGHT), "value": str(stable if place.flipped else canary)},
        *([{"op": "add", "path": _pointer(TOTAL), "value": str(total)}] if total != place.total else []),
    ]


def make(source: Json, settings: Settings, *, weight: int) -> Json:
    """Write the canary Ingress of an Ingress: each of its paths to stable's Service, to the canary's.

    Raises `NotAsPlanned` where that Ingress is a canary itself, or none of its paths leads to stable.
    """
    if annotations_of(source).get(CANARY) == "true":
        raise NotAsPlanned(
            f"Ingress {settings.ingress} is itself a canary Ingress.", hint="Name the Ingress that it is of."
        )
    rules = [*_rules(source, settings)]
    if not rules:
        raise NotAsPlanned(
            f"No path of Ingress {settings.ingress} leads to {settings.stable.in_words}.",
            hint="Name the Service of its paths as router.nginx_ingress.stable.",
        )
    metadata = source["metadata"]
    notes = {CANARY: "true", WEIGHT: str(weight), MADE: settings.ingress}
    if named := annotations_of(source).get(CLASS):
        notes[CLASS] = named
    spec: Json = {"rules": rules}
    if named := (source.get("spec") or {}).get("ingressClassName"):
        spec["ingressClassName"] = named
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": settings.target, "namespace": metadata.get("namespace"), "annotations": notes},
        "spec": spec,
    }


def routes_of(obj: Json) -> dict[tuple[str, str], Json]:
    """Return the Service of each host and path."""
    return {
        (str(rule.get("host") or "*"), str(path.get("path") or "/")): _service(path.get("backend") or {})
        for rule in _listed(obj)
        for path in (rule.get("http") or {}).get("paths") or ()
    }


def backends_of(obj: Json) -> list[tuple[str, Json]]:
    """Return each backend's Service, with a pointer to it."""
    found = []
    if service := _service((obj.get("spec") or {}).get("defaultBackend") or {}):
        found.append(("/spec/defaultBackend/service", service))
    for at, rule in enumerate(_listed(obj)):
        for number, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            if service := _service(path.get("backend") or {}):
                found.append((f"/spec/rules/{at}/http/paths/{number}/backend/service", service))
    return found


def annotations_of(obj: Json) -> Json:
    """Return the annotations."""
    return obj["metadata"].get("annotations") or {}


def port_of(service: Json) -> int | str | None:
    """Return a Service's port as it is named: by its number or its name."""
    port = service.get("port") or {}
    return port.get("number") or port.get("name")


def is_meant(service: Json, wanted: Backend) -> bool:
    """Whether a Service is the one that is wanted."""
    return service.get("name") == wanted.service and wanted.port in (None, port_of(service))


def _rules(source: Json, settings: Settings) -> Iterator[Json]:
    for rule in _listed(source):
        paths = [
            {**path, "backend": {"service": _to_the_canary(_service(path["backend"]), settings)}}
            for path in (rule.get("http") or {}).get("paths") or ()
            if is_meant(_service(path.get("backend") or {}), settings.stable)
        ]
        if paths:
            yield {**rule, "http": {"paths": paths}}


def _to_the_canary(service: Json, settings: Settings) -> Json:
    port = {"number": settings.canary.port} if settings.canary.port else service.get("port") or {}
    return {"name": settings.canary.service, "port": port}


def _listed(obj: Json) -> list[Json]:
    return (obj.get("spec") or {}).get("rules") or []


def _service(backend: Json) -> Json:
    return backend.get("service") or {}


def _number(annotations: Json, name: str, *, default: int) -> int:
    text = str(annotations.get(name, default)).strip()
    if not text.isdecimal():
        raise NotAsPlanned(f"{name} is {literal(text)}, and no number.", hint='Write it as "0".')
    return int(text)


def _pointer(annotation: str) -> str:
    return f"/metadata/annotations/{annotation.replace('/', '~1')}"
