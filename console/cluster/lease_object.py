"""A Lease object: made, read, and written only on condition of the version that was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from console.cluster.api import MERGE_PATCH, Api, Json, path_of
from console.cluster.shapes import Lease, shaped
from console.errors import NotFound, NotServed

GROUP = "coordination.k8s.io"
PLURAL = "leases"
# The API server's own limit for names of objects (RFC 1123 subdomains).
LONGEST_NAME = 253
OURS_LASTS_S = 15
"""Seconds after its last renewal for which others leave a lease of pithead's alone."""


class LeaseObject:
    """One, by its name."""

    def __init__(self, api: Api, *, namespace: str, name: str, deadline_s: float) -> None:
        """Name it; each call may take `deadline_s`."""
        self._api = api
        self._deadline_s = deadline_s
        self.namespace = namespace
        # A name that is cut may end in a character which no name may end in.
        self.own_name = name[:LONGEST_NAME].rstrip("-.")

    @property
    def name(self) -> str:
        """The object as people say it: `shop/pithead-istio-checkout`."""
        return f"{self.namespace}/{self.own_name}"

    async def read(self) -> Json | None:
        """Read it; None where it is not there."""
        try:
            obj = await self._api.get(self._path(self.own_name), deadline_s=self._deadline_s)
        # A NotFound too, and here it must not pass for "no lease": without the API of leases there is
        # nothing to hold, and creating one would fail in words that nobody understands.
        except NotServed:
            raise
        except NotFound:
            return None
        return shaped(obj, Lease)

    async def create(self, spec: Json, *, notes: Mapping[str, str]) -> Json:
        """Make it, with these annotations, and give it as it is stored."""
        body = {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Lease",
            "metadata": {"name": self.own_name, "annotations": notes},
            "spec": spec,
        }
        return shaped(await self._api.post(self._path(), body, deadline_s=self._deadline_s), Lease)

    async def patch(self, spec: Json, *, version: str, notes: Mapping[str, str | None] | None = None) -> Json:
        """Write what is named of it, and give it as it is stored; raises `Conflict` where it has moved on."""
        # With a resourceVersion in it, a merge patch is refused with a conflict where the object has moved
        # on. It is what makes every write here conditional.
        metadata: Json = {"resourceVersion": version} | ({"annotations": notes} if notes else {})
        body = {"metadata": metadata, "spec": spec}
        answer = await self._api.patch(
            self._path(self.own_name), body, content_type=MERGE_PATCH, deadline_s=self._deadline_s
        )
        return shaped(answer, Lease)

    def _path(self, name: str = "") -> str:
        return path_of(group=GROUP, version="v1", namespace=self.namespace, plural=PLURAL, name=name)


def version_of(obj: Json) -> str:
    """Name the version of an object that was read."""
    return str(obj["metadata"]["resourceVersion"])


def stint_of(obj: Json) -> str:
    """Name a holding: each change of the holder counts a transition; a lease made anew has another UID."""
    # UID and transitions together: a lease that was deleted and made anew begins to count at nothing again.
    return f"{obj['metadata'].get('uid') or ''}/{transitions_in(obj.get('spec') or {})}"


def lasts_s(obj: Json) -> float:
    """Tell how many seconds it lasts behind its last renewal."""
    # Other programs may write a lease without a duration. Nothing at all would mean that it has run out
    # already, so it gets ours.
    return float((obj.get("spec") or {}).get("leaseDurationSeconds") or OURS_LASTS_S)


def transitions_in(spec: Json) -> int:
    """Tell how often its holder has changed."""
    return int(spec.get("leaseTransitions") or 0)


def micro_time(at: float) -> str:
    """Write a time as a MicroTime: RFC 3339 in UTC with six digits."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
