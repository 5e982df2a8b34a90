"""Which pods are a Deployment's: those that its selector finds and that its own ReplicaSets control.

Names say nothing: `checkout` and `checkout-v2` begin alike, and a Job's pods look like a Deployment's. Labels
alone say too little: another Deployment, or a pod made by hand, may have the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from console.cluster.api import Api, path_of
from console.cluster.shapes import Deployment, Listed, Pod, ReplicaSet, shaped
from console.errors import ClusterError, NotFound

Json = dict[str, Any]

REPLICA_SET = "ReplicaSet"
DELETED: Json = {"spec": {"replicas": 0}}
"""What stands for a Deployment that is there no more: it wants no pod."""


class Owned(NamedTuple):
    """A Deployment as it is now, and its pods, those on their way out too."""

    deployment: Json
    pods: list[Json]
    strangers: list[Json]
    """Pods with the same labels that are not its own."""


class PodsOf:
    """Finds one Deployment's pods, again and again; remembers whose its ReplicaSets are."""

    def __init__(self, api: Api, *, namespace: str, deployment: str) -> None:
        self._api = api
        self._namespace = namespace
        self._deployment = deployment
        self._selector = ""
        self._uid = ""
        self._owners: dict[str, str] = {}
        """Who controls each ReplicaSet that the selector finds, by its UID."""

    async def find(self, *, deadline_s: float) -> Owned:
        """Find them now; raises `ClusterError`, each read with the same deadline."""
        deployment, pods = await self._read(deadline_s)
        ours = [pod for pod in pods if self._is_ours(pod)]
        return Owned(deployment, ours, [pod for pod in pods if not self._is_ours(pod)])

    def _is_ours(self, pod: Json) -> bool:
        owner = str(controller_of(pod).get("uid", ""))
        # Once one ReplicaSet is known for its own, only what such a one controls counts.
        if self._uid and self._uid in self._owners.values():
            return self._owners.get(owner) == self._uid
        # A Deployment has no ReplicaSet where no controllers run, as on a test's API server: its pods are
        # then those with its labels that nobody controls.
        return not owner

    async def _read(self, deadline_s: float) -> tuple[Json, list[Json]]:
        """Read the Deployment and the pods that have its labels, and learn whose those are."""
        if self._selector:
            # In the usual case two reads at once, not three one after the other: this is asked each tick,
            # and the ReplicaSets change only when a pod turns up whose owner is not known.
            found, pods = await asyncio.gather(self._read_again(deadline_s), self._list_pods(deadline_s))
            # The old owners are kept: pods of a Deployment that is gone are on their way out, and are still
            # its own.
            if (deployment := found or DELETED) is DELETED:
                return deployment, pods
            if self._is_known(deployment):
                if any(map(self._has_unknown_owner, pods)):
                    self._owners = await self._list_owners(deadline_s)
                return deployment, pods
        else:
            deployment = await self._read_deployment(deadline_s)
        self._selector, self._uid = selector_of(deployment), uid_of(deployment)
        pods, self._owners = await asyncio.gather(self._list_pods(deadline_s), self._list_owners(deadline_s))
        return deployment, pods

    async def _read_again(self, deadline_s: float) -> Json | None:
        """Read the Deployment that was there; None where it was deleted since, and its pods with it."""
        try:
            return await self._read_deployment(deadline_s)
        except NotFound:
            return None

    def _is_known(self, deployment: Json) -> bool:
        """Tell it from another one of its name: a Deployment keeps its selector for life."""
        return (uid_of(deployment), selector_of(deployment)) == (self._uid, self._selector)

    def _has_unknown_owner(self, pod: Json) -> bool:
        """Whether its ReplicaSet was not seen yet, or was nobody's: a Deployment adopts such a one."""
        owner = controller_of(pod)
        return owner.get("kind") == REPLICA_SET and not self._owners.get(str(owner.get("uid")))

    async def _read_deployment(self, deadline_s: float) -> Json:
        path = path_of(
            group="apps", version="v1", namespace=self._namespace, plural="deployments", name=self._deployment
        )
        return shaped(await self._api.get(path, deadline_s=deadline_s), Deployment)

    async def _list_pods(self, deadline_s: float) -> list[Json]:
        path = path_of(group="", version="v1", namespace=self._namespace, plural="pods")
        listed = await self._api.get(path, query={"labelSelector": self._selector}, deadline_s=deadline_s)
        return shaped(listed, Listed[Pod]).get("items") or []

    async def _list_owners(self, deadline_s: float) -> dict[str, str]:
        path = path_of(group="apps", version="v1", namespace=self._namespace, plural="replicasets")
        listed = await self._api.get(path, query={"labelSelector": self._selector}, deadline_s=deadline_s)
        return _owners(shaped(listed, Listed[ReplicaSet]).get("items") or ())


def controller_of(obj: Json) -> Json:
    """Give the reference to the object that controls this one; empty where nobody does."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), {})


def uid_of(obj: Json) -> str:
    """Give the object's own UID; empty where it has none."""
    return str((obj.get("metadata") or {}).get("uid", ""))


def _owners(replica_sets: Iterable[Json]) -> dict[str, str]:
    return {uid_of(each): str(controller_of(each).get("uid", "")) for each in replica_sets}


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
