"""What stands in a cluster before a release: the plan, and the objects that it names."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from console.cluster.api import MERGE_PATCH, path_of
from console.errors import NotServed
from console.lab.kubelet import controlled_by
from console.plan.model import MetricsSource, Plan, Then, Version
from console.plan.routers import written
from console.plan.routers.istio import Destination, Settings

if TYPE_CHECKING:
    from console.cluster.client import Cluster
    from console.plan.routed import Settings as AnySettings

Json = dict[str, Any]

DEADLINE_S = 5.0

STABLE = {"destination": {"host": "checkout", "subset": "v1"}, "weight": 100}
CANARY = {"destination": {"host": "checkout", "subset": "v2"}, "weight": 0}

BY_SUBSET = Settings(
    virtual_service="checkout",
    route=None,
    stable=Destination(subset="v1"),
    canary=Destination(subset="v2"),
)


def plan_for(namespace: str, router: AnySettings = BY_SUBSET) -> Plan:
    """Write a plan that says as much as a router needs."""
    return Plan(
        service="checkout",
        namespace=namespace,
        stable=Version(name="v1", deployment="checkout-v1"),
        canary=Version(name="v2", deployment="checkout-v2"),
        router=written(router),
        metrics=MetricsSource(prometheus="http://127.0.0.1:9090", preset="istio", business={}),
        interval_s=5,
        patience_s=60,
        after_patience=Then.ROLLBACK,
        stages=(),
    )


def virtual_service(*destinations: Json, **spec: Any) -> Json:
    """Write a VirtualService with one route, or with the routes of `spec`."""
    http = [{"route": list(destinations or (STABLE, CANARY))}]
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "checkout"},
        "spec": {"hosts": ["checkout"], "http": http, **spec},
    }


class Shop:
    """A namespace of one test, in either server: `Server.open_shop` makes it."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def path(
        self, version: str = "v1", *, group: str = "networking.istio.io", plural: str, name: str = ""
    ) -> str:
        return path_of(group=group, version=version, namespace=self.namespace, plural=plural, name=name)

    async def put(self, obj: Json) -> Json:
        """Store the VirtualService, and what stands behind its destinations."""
        await self.lay_behind()
        return await self.put_route(obj)

    async def put_route(self, obj: Json) -> Json:
        """Store the VirtualService alone."""
        obj = deepcopy(obj)
        obj["metadata"]["namespace"] = self.namespace
        path = self.path(plural="virtualservices")
        return await self.cluster.post(path, obj, query={"fieldManager": "ground"}, deadline_s=DEADLINE_S)

    async def lay_service(self, name: str, *, selector: dict[str, str] | None = None, **spec: Any) -> None:
        """Store a Service, a headless one unless `spec` says more; its endpoints come with the pods."""
        spec = spec or {"clusterIP": "None", "ports": [{"port": 80}]}
        if selector is not None:
            spec["selector"] = selector
        await self._store("", "services", "Service", {"metadata": {"name": name}, "spec": spec})

    async def lay_behind(self, rule: Json | None = None) -> None:
        """Store a Service for all pods and the rule that tells versions apart; the lab serves neither."""
        subsets = [{"name": name, "labels": {"app": f"checkout-{name}"}} for name in ("v1", "v2")]
        rule = {"host": "checkout", "subsets": subsets} if rule is None else rule
        with suppress(NotServed):
            await self.lay_service("checkout", selector={"shop": "checkout"})
            path = self.path(plural="destinationrules")
            await self.cluster.post(
                path,
                {
                    "apiVersion": "networking.istio.io/v1",
                    "kind": "DestinationRule",
                    "metadata": {"name": "checkout"},
                    "spec": rule,
                },
                deadline_s=DEADLINE_S,
            )

    async def lay_services(self) -> None:
        """Store a Service for each version, and where its pods are."""
        for name in ("checkout-v1", "checkout-v2"):
            with suppress(NotServed):  # the lab serves no Services
                ports = [{"port": 8080}]
                await self.lay_service(name, selector={"app": name}, clusterIP="None", ports=ports)
                await self.lay_endpoints(f"{name}-own", {f"{name}-0": True}, service=name)

    async def lay_endpoints(
        self,
        name: str,
        pods: dict[str, bool],
        *,
        conditions: Json | None = None,
        port: str | None = "",
        service: str = "checkout",
    ) -> None:
        """Store what Kubernetes' own controller would: where the Service's pods are, and which are ready.

        `port` is the name of the Service's port that they have; None where they lack it.
        """
        endpoints = [
            {
                "addresses": [f"10.0.0.{number}"],
                "conditions": conditions or {"ready": ready},
                "targetRef": {"kind": "Pod", "name": pod, "namespace": self.namespace},
            }
            for number, (pod, ready) in enumerate(pods.items(), start=1)
        ]
        labels = {"kubernetes.io/service-name": service}
        whole = {"metadata": {"name": name, "labels": labels}, "addressType": "IPv4", "endpoints": endpoints}
        whole["ports"] = [] if port is None else [{"name": port, "port": 8080}]
        with suppress(NotServed):
            await self._store("discovery.k8s.io", "endpointslices", "EndpointSlice", whole)

    async def get(self) -> Json:
        """Read the VirtualService as it is."""
        path = self.path(plural="virtualservices", name="checkout")
        return await self.cluster.get(path, deadline_s=DEADLINE_S)

    async def change(self, patch: Json, *, manager: str) -> Json:
        """Change the VirtualService as somebody else would."""
        path = self.path(plural="virtualservices", name="checkout")
        return await self.cluster.patch(
            path,
            patch,
            content_type=MERGE_PATCH,
            query={"fieldManager": manager},
            deadline_s=DEADLINE_S,
        )

    async def deploy(self, name: str, *, replicas: int, pods: list[Json]) -> None:
        """Store a deployment and its pods with their status."""
        labels = {"app": name, "shop": "checkout"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app"}]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
        deployment = await self.put_deployment(name, spec)
        owner = await self.put_replica_set(f"{name}-abc", spec, owner=deployment)
        ready = sum(pod["conditions"][0]["status"] == "True" for pod in pods)
        await self._set_status("apps", "deployments", name, {"replicas": replicas, "readyReplicas": ready})
        for number, status in enumerate(pods):
            pod = f"{name}-{number}"
            await self.put_pod(pod, template, owner=owner, status=status)
        are_ready = [status["conditions"][0]["status"] == "True" for status in pods]
        await self.lay_endpoints(name, {f"{name}-{number}": each for number, each in enumerate(are_ready)})

    async def put_deployment(self, name: str, spec: Json) -> Json:
        """Store a deployment alone."""
        return await self._store(
            "apps", "deployments", "Deployment", {"metadata": {"name": name}, "spec": spec}
        )

    async def put_replica_set(self, name: str, spec: Json, *, owner: Json) -> Json:
        """Store what Kubernetes' own controller would: a generation of a deployment's pods."""
        labels = spec["template"]["metadata"]["labels"]
        metadata = {"name": name, "labels": labels, "ownerReferences": [controlled_by(owner)]}
        return await self._store("apps", "replicasets", "ReplicaSet", {"metadata": metadata, "spec": spec})

    async def put_pod(self, name: str, template: Json, *, status: Json, owner: Json | None = None) -> None:
        """Store a pod of a template with its status; one without an owner was made by hand."""
        metadata = {**template["metadata"], "name": name}
        if owner is not None:
            metadata["ownerReferences"] = [controlled_by(owner)]
        await self._store("", "pods", "Pod", {**template, "metadata": metadata})
        await self._set_status("", "pods", name, status)

    async def _store(self, group: str, plural: str, kind: str, obj: Json) -> Json:
        whole = {"apiVersion": f"{group}/v1" if group else "v1", "kind": kind, **obj}
        path = self.path(group=group, plural=plural)
        return await self.cluster.post(path, whole, deadline_s=DEADLINE_S)

    async def _set_status(self, group: str, plural: str, name: str, status: Json) -> None:
        path = self.path(group=group, plural=plural, name=name) + "/status"
        await self.cluster.patch(path, {"status": status}, content_type=MERGE_PATCH, deadline_s=DEADLINE_S)


def pod_status(*, ready: bool, restarts: int = 0, waiting: str = "") -> Json:
    """Write the status of a pod with one container."""
    state = (
        {"waiting": {"reason": waiting}} if waiting else {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    )
    container = {
        "name": "app",
        "image": "app",
        "imageID": "",
        "ready": ready,
        "restartCount": restarts,
        "state": state,
    }
    return {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        "containerStatuses": [container],
    }
