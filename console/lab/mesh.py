"""The lab's Istio: turns the VirtualService into Envoy's routes, within the write that changed it.

Envoy watches the folder of its route file and takes a *renamed* file only. The file's `version_info` is the
object's resourceVersion, so that Envoy's own statistics tell which write is in force.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES
from console.lab.topology import CANARY, NAMESPACE, ROUTE, SERVICE, STABLE, VERSIONS, cluster, workload

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.ground_truth import TruthLog
    from console.lab.kube.store import ObjectStore

ROUTE_CONFIG = "mesh"

Json = dict[str, Any]


class Mesh:
    """Keeps Envoy's route file as the VirtualService says."""

    def __init__(self, *, folder: Path, truth: TruthLog) -> None:
        self.folder = folder
        self.weights: dict[str, int] = {}
        """The weights in force, by version."""
        self.canary_is_live = asyncio.Event()
        """Set for good once the canary was first sent requests."""
        self._truth = truth

    @property
    def routes_file(self) -> Path:
        """The file that Envoy reads."""
        return self.folder / "routes.json"

    def follow(self, store: ObjectStore) -> None:
        """Take the object as it is, then every write to it."""
        self.folder.mkdir(exist_ok=True)
        self.hear("ADDED", store.get(VIRTUAL_SERVICES, namespace=NAMESPACE, name=SERVICE))
        store.subscribe(self.hear)

    def hear(self, change: str, obj: Json) -> None:
        """Put a write to the object in force; what Envoy could not route is left as it was."""
        metadata = obj.get("metadata") or {}
        ours = (obj.get("kind"), metadata.get("namespace"), metadata.get("name"))
        if change == "DELETED" or ours != (VIRTUAL_SERVICES.kind, NAMESPACE, SERVICE):
            return
        weights = weights_of(obj)
        if weights and weights != self.weights:
            version = str(metadata.get("resourceVersion", ""))
            self._put_in_force(json.dumps(route_config(weights, version=version)))
            self.weights = weights
            if weights.get(CANARY):
                self.canary_is_live.set()
            self._truth.note("weight", weight=weights.get(CANARY, 0), resource_version=version)

    def _put_in_force(self, routes: str) -> None:
        written = self.folder / "routes.new"
        with written.open("w") as file:
            file.write(routes)
            file.flush()
            os.fsync(file.fileno())
        written.rename(self.routes_file)


def virtual_service() -> Json:
    """Make the object that the lab starts with: all requests to stable."""
    destinations = [
        {"destination": {"host": SERVICE, "subset": version}, "weight": 100 if version == STABLE else 0}
        for version in VERSIONS
    ]
    return {
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {"hosts": [SERVICE], "http": [{"name": ROUTE, "route": destinations}]},
    }


def weights_of(obj: Json) -> dict[str, int]:
    """Read each version's weight from the object's first route that catches everything.

    Empty where there is none, or where its weights are none that a mesh could obey.
    """
    for route in _dicts(_dict(obj.get("spec")).get("http")):
        if not route.get("match"):
            return _weights(_dicts(route.get("route")))
    return {}


def _weights(destinations: list[Json]) -> dict[str, int]:
    """Add up the weights by version; a lone destination needs to say none."""
    unsaid = 100 if len(destinations) == 1 else 0
    weights: dict[str, int] = {}
    for part in destinations:
        version = _version_of(_dict(part.get("destination")))
        weight = part.get("weight", unsaid)
        if version is None or not isinstance(weight, int) or weight < 0:
            return {}
        weights[version] = weights.get(version, 0) + weight
    return weights if sum(weights.values()) else {}


def _version_of(destination: Json) -> str | None:
    """Find which version a destination means: by its subset, or by a host of its own."""
    for version in VERSIONS:
        host = str(destination.get("host", "")).removesuffix(f".{NAMESPACE}.svc.cluster.local")
        if host == workload(version) or (host == SERVICE and destination.get("subset") == version):
            return version
    return None


def _dict(value: Any) -> Json:
    """Take what should be an object as one: nothing in a custom resource is sure to be what it should."""
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Json]:
    return [_dict(part) for part in value] if isinstance(value, list) else []


def route_config(weights: dict[str, int], *, version: str) -> Json:
    """Spell out the weights as Envoy's route file."""
    split = [
        {
            "name": cluster(to),
            "weight": weight,
            # Said by Envoy, so that an answer which Envoy itself gave for a dead version is told apart too.
            "response_headers_to_add": [{"header": {"key": "x-routed-to", "value": to}}],
        }
        for to, weight in weights.items()
    ]
    route = {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": split}}}
    routes = {
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        "name": ROUTE_CONFIG,
        "validate_clusters": True,
        "virtual_hosts": [{"name": SERVICE, "domains": ["*"], "routes": [route]}],
    }
    return {"version_info": version, "resources": [routes]}
