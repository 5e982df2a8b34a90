"""What every router needs of a cluster, looked at before the first write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from console.cluster.api import path_of
from console.errors import ClusterError, PitheadError
from console.preflight import Check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.cluster.api import Api, Json

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Right(Struct, frozen=True, kw_only=True):
    """One thing that a release must be allowed to do."""

    verb: str
    group: str
    plural: str
    name: str = ""
    """Empty: all of the namespace."""

    def __str__(self) -> str:
        """Say it as `kubectl auth can-i` takes it."""
        resource = f"{self.plural}.{self.group}" if self.group else self.plural
        return f"{self.verb} {resource}/{self.name}" if self.name else f"{self.verb} {resource}"


def in_words(error: PitheadError) -> str:
    """Write an error as a check's words, with how to mend it."""
    return f"{error} {error.hint}".strip()


async def check_cluster(api: Api, *, deadline_s: float) -> Check:
    """Look whether the API server answers, and what it is."""
    name = f"cluster {api.context}"
    try:
        version = await api.get("/version", deadline_s=deadline_s)
    except ClusterError as error:
        return Check(name=name, ok=False, words=in_words(error))
    return Check(
        name=name, ok=True, words=f"{api.server} answers, Kubernetes {version.get('gitVersion', '?')}"
    )


async def check_rights(api: Api, rights: Iterable[Right], *, namespace: str, deadline_s: float) -> Check:
    """Ask the API server for each right by name, so that one that is too narrow is found now."""
    wanted = tuple(rights)
    name = f"rights in {namespace}"
    try:
        granted = await asyncio.gather(
            *(_is_granted(api, right, namespace=namespace, deadline_s=deadline_s) for right in wanted)
        )
    except ClusterError as error:
        return Check(name=name, ok=False, words=in_words(error))
    missing = [str(right) for right, has in zip(wanted, granted, strict=True) if not has]
    if missing:
        asks = f"try `kubectl auth can-i {missing[0]} -n {namespace}`"
        return Check(name=name, ok=False, words=f"we may not {', '.join(missing)}; {asks}")
    return Check(name=name, ok=True, words=", ".join(map(str, wanted)))


async def _is_granted(api: Api, right: Right, *, namespace: str, deadline_s: float) -> bool:
    attributes = {
        "namespace": namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": right.plural,
        "name": right.name,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await api.post(REVIEWS, review, deadline_s=deadline_s)
    return bool((answer.get("status") or {}).get("allowed"))


async def check_deployment(api: Api, *, namespace: str, name: str, deadline_s: float) -> Check:
    """Look whether a version has pods that could serve."""
    label = f"deployment {namespace}/{name}"
    path = path_of(group="apps", version="v1", namespace=namespace, plural="deployments", name=name)
    try:
        deployment = await api.get(path, deadline_s=deadline_s)
    except ClusterError as error:
        return Check(name=label, ok=False, words=in_words(error))
    return _readiness(label, deployment)


def _readiness(label: str, deployment: Json) -> Check:
    wanted = (deployment.get("spec") or {}).get("replicas", 1)
    ready = (deployment.get("status") or {}).get("readyReplicas", 0)
    words = f"{ready} of {wanted} pods ready"
    if not wanted:
        return Check(name=label, ok=False, words="it is scaled to no pods; scale it up before the release")
    if not ready:
        return Check(name=label, ok=False, words=f"{words}; wait for it, or see `kubectl describe {label}`")
    return Check(name=label, ok=True, words=words)
