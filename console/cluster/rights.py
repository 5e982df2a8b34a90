"""What an account must be allowed to do, asked of the API server right by right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from console.cluster.shapes import AccessReview, shaped
from console.errors import ClusterError
from console.preflight import Check

if TYPE_CHECKING:
    from console.cluster.api import Api

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Right(Struct, frozen=True, kw_only=True):
    """One thing that a release must be allowed to do."""

    verb: str
    group: str
    plural: str
    """With what stands below it, where only that is meant: `services/proxy`."""
    name: str = ""
    """Empty: all of the namespace, as for what is listed or created."""

    def __str__(self) -> str:
        """Say it as `kubectl auth can-i` takes it."""
        plural, _, below = self.plural.partition("/")
        if below:
            return f"{self.verb} {plural}/{self.name} --subresource={below}"
        resource = f"{self.plural}.{self.group}" if self.group else self.plural
        return f"{self.verb} {resource}/{self.name}" if self.name else f"{self.verb} {resource}"


async def check_rights(api: Api, rights: Iterable[Right], *, namespace: str, deadline_s: float) -> Check:
    """Ask the API server for each right by name, so that one that is too narrow is found now."""
    wanted = tuple(rights)
    name = f"rights in {namespace}"
    try:
        granted = await asyncio.gather(
            *(is_granted(api, right, namespace=namespace, deadline_s=deadline_s) for right in wanted)
        )
    except ClusterError as error:
        return Check(name=name, ok=False, words=error.with_hint)
    missing = [str(right) for right, has in zip(wanted, granted, strict=True) if not has]
    if missing:
        asks = f"`pithead rbac` prints the role; try `kubectl auth can-i {missing[0]} -n {namespace}`"
        return Check(name=name, ok=False, words=f"we may not {', '.join(missing)}; {asks}")
    return Check(name=name, ok=True, words=", ".join(map(str, wanted)))


async def is_granted(api: Api, right: Right, *, namespace: str, deadline_s: float) -> bool:
    """Ask for one right; raises `ClusterError` where there is no answer."""
    plural, _, below = right.plural.partition("/")
    attributes = {
        "namespace": namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": plural,
        "subresource": below,
        "name": right.name,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await api.post(REVIEWS, review, deadline_s=deadline_s)
    return bool((shaped(answer, AccessReview).get("status") or {}).get("allowed"))
