"""What every router needs of a cluster, looked at before the first write."""

from __future__ import annotations

from console.cluster.api import Api, Json, path_of
from console.cluster.shapes import Deployment, Version, shaped
from console.errors import ClusterError
from console.preflight import Check

LOGIN_S = 60.0
"""Time limit of the first login, seconds: a plugin may send a person to a browser."""


async def check_cluster(api: Api, *, deadline_s: float) -> Check:
    """Look whether the API server answers, and what it is."""
    name = f"cluster {api.context}".rstrip()
    try:
        await api.log_in(deadline_s=LOGIN_S)
        version = shaped(await api.get("/version", deadline_s=deadline_s), Version)
    except ClusterError as error:
        return Check(name=name, ok=False, words=error.with_hint)
    return Check(
        name=name, ok=True, words=f"{api.server} answers, Kubernetes {version.get('gitVersion', '?')}"
    )


async def check_deployment(api: Api, *, namespace: str, name: str, deadline_s: float) -> Check:
    """Look whether a version has pods that could serve."""
    label = f"deployment {namespace}/{name}"
    path = path_of(group="apps", version="v1", namespace=namespace, plural="deployments", name=name)
    try:
        deployment = shaped(await api.get(path, deadline_s=deadline_s), Deployment)
    except ClusterError as error:
        return Check(name=label, ok=False, words=error.with_hint)
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
