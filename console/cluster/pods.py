"""The pods of one version, as Kubernetes counts them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.cluster.owned import PodsOf
from console.errors import ClusterError, Unreachable
from console.evidence import Pods

if TYPE_CHECKING:
    from console.cluster.api import Api, Json

CRASH_LOOP = "CrashLoopBackOff"
OVER = ("Succeeded", "Failed")
"""The phases of a pod that runs no more: an evicted one may lie there for weeks."""


class PodWatch:
    """Looks at one deployment's pods, a look a call."""

    def __init__(self, api: Api, *, namespace: str, deployment: str) -> None:
        self._deployment = deployment
        self._pods = PodsOf(api, namespace=namespace, deployment=deployment)
        self.names: tuple[str, ...] | None = None
        """The pods that ran at the last look; None before it, and where it could not be made."""
        self.addresses: dict[str, str] = {}
        """Of those, each one's IP by its name; one that has the node's has none of its own."""
        self.young: frozenset[str] = frozenset()
        """Those that were made since the first look: all that they count happened in our time."""
        self._met: set[str] | None = None
        """Every pod with these labels so far, whosever it is; None before the first look."""

    async def look(self, *, deadline_s: float) -> Pods:
        """Count the pods now; all reads together take no longer than `deadline_s`.

        CPU and memory are not Kubernetes' to say: they come from Prometheus.
        """
        if not self._deployment:
            raise ClusterError("No deployment is known, so no pods are counted.")
        found = None
        try:
            async with asyncio.timeout(deadline_s):
                found = await self._pods.find(deadline_s=deadline_s)
        except TimeoutError:
            raise Unreachable(
                f"The pods of {self._deployment} were not counted within {deadline_s:g} s."
            ) from None
        finally:
            self.names = names_of(found.pods) if found else None
            self.addresses = addresses_of(found.pods) if found else {}
        self._meet(names_of(found.pods), names_of(found.strangers))
        return count(found.deployment, found.pods)

    def _meet(self, ours: tuple[str, ...], strangers: tuple[str, ...]) -> None:
        if self._met is not None:
            self.young |= set(ours) - self._met
        self._met = {*(self._met or ()), *ours, *strangers}


def count(deployment: Json, pods: list[Json]) -> Pods:
    """Make the count: pods that are on their way out are not asked to be ready, nor to run."""
    staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    return Pods(
        desired=int((deployment.get("spec") or {}).get("replicas", 1)),
        ready=sum(map(_is_ready, staying)),
        restarts=sum(int(container.get("restartCount", 0)) for pod in pods for container in _containers(pod)),
        crash_looping=sum(any(map(_crash_loops, _containers(pod))) for pod in staying),
    )


def names_of(pods: list[Json]) -> tuple[str, ...]:
    """Name those that run, or may soon, in order."""
    running = [pod for pod in pods if (pod.get("status") or {}).get("phase") not in OVER]
    return tuple(sorted(filter(None, (str(pod["metadata"].get("name", "")) for pod in running))))


def addresses_of(pods: list[Json]) -> dict[str, str]:
    """Give the IPs of those that run and have one of their own, by name."""
    running = {*names_of(pods)}
    return {
        pod["metadata"]["name"]: ip
        for pod in pods
        if pod["metadata"].get("name") in running
        and not (pod.get("spec") or {}).get("hostNetwork")
        and (ip := str((pod.get("status") or {}).get("podIP") or ""))
    }


def _is_ready(pod: Json) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(seen.get("type") == "Ready" and seen.get("status") == "True" for seen in conditions)


def _containers(pod: Json) -> list[Json]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _crash_loops(container: Json) -> bool:
    return ((container.get("state") or {}).get("waiting") or {}).get("reason") == CRASH_LOOP
