"""The pods of one version, as Kubernetes counts them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.cluster.api import path_of
from console.cluster.shapes import Deployment, PodList, shaped
from console.errors import ClusterError, Unreachable
from console.evidence import Pods

if TYPE_CHECKING:
    from console.cluster.api import Api, Json

CRASH_LOOP = "CrashLoopBackOff"


class PodWatch:
    """Looks at one deployment's pods, a look a call."""

    def __init__(self, api: Api, *, namespace: str, deployment: str) -> None:
        self._api = api
        self._namespace = namespace
        self._deployment = deployment
        self._selector = ""

    async def look(self, *, deadline_s: float) -> Pods:
        """Count the pods now; all reads together take no longer than `deadline_s`.

        CPU and memory are not Kubernetes' to say: they come from Prometheus.
        """
        if not self._deployment:
            raise ClusterError("No deployment is known, so no pods are counted.")
        try:
            async with asyncio.timeout(deadline_s):
                return await self._look(deadline_s)
        except TimeoutError:
            raise Unreachable(
                f"The pods of {self._deployment} were not counted within {deadline_s:g} s."
            ) from None

    async def _look(self, deadline_s: float) -> Pods:
        if self._selector:
            # A deployment's selector never changes: from the second look on both reads go out together.
            deployment, pods = await asyncio.gather(
                self._read_deployment(deadline_s), self._list_pods(deadline_s)
            )
        else:
            deployment = await self._read_deployment(deadline_s)
            self._selector = selector_of(deployment)
            pods = await self._list_pods(deadline_s)
        return count(deployment, pods)

    async def _read_deployment(self, deadline_s: float) -> Json:
        path = path_of(
            group="apps", version="v1", namespace=self._namespace, plural="deployments", name=self._deployment
        )
        return shaped(await self._api.get(path, deadline_s=deadline_s), Deployment)

    async def _list_pods(self, deadline_s: float) -> list[Json]:
        path = path_of(group="", version="v1", namespace=self._namespace, plural="pods")
        listed = await self._api.get(path, query={"labelSelector": self._selector}, deadline_s=deadline_s)
        return shaped(listed, PodList).get("items") or []


def count(deployment: Json, pods: list[Json]) -> Pods:
    """Make the count: pods that are on their way out are not asked to be ready."""
    return Pods(
        desired=int((deployment.get("spec") or {}).get("replicas", 1)),
        ready=sum(_is_ready(pod) for pod in pods if not pod["metadata"].get("deletionTimestamp")),
        restarts=sum(int(container.get("restartCount", 0)) for pod in pods for container in _containers(pod)),
        crash_looping=sum(any(map(_crash_loops, _containers(pod))) for pod in pods),
    )


def selector_of(deployment: Json) -> str:
    """Write a deployment's selector as a list's query takes it."""
    selector = (deployment.get("spec") or {}).get("selector") or {}
    labels = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    terms = [_term(expression) for expression in selector.get("matchExpressions") or ()]
    if not labels and not terms:
        # An empty selector would count every pod of the namespace.
        raise ClusterError("The deployment has no selector to find its pods by.")
    return ",".join([*labels, *terms])


def _term(expression: Json) -> str:
    key, values = expression["key"], ",".join(expression.get("values") or ())
    return {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": f"{key}",
        "DoesNotExist": f"!{key}",
    }[expression["operator"]]


def _is_ready(pod: Json) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(seen.get("type") == "Ready" and seen.get("status") == "True" for seen in conditions)


def _containers(pod: Json) -> list[Json]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _crash_loops(container: Json) -> bool:
    return ((container.get("state") or {}).get("waiting") or {}).get("reason") == CRASH_LOOP
