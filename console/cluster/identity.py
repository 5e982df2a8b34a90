"""Which cluster it is that answers: asked once for a release, and of each login that follows."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Protocol

from console.cluster.api import Api
from console.cluster.shapes import Identified, shaped
from console.errors import AnotherCluster, Denied, LoggedOut, NotFound
from console.identity import ClusterId, Identity

KUBE_SYSTEM = "/api/v1/namespaces/kube-system"
LOOK_S = 2.0
"""Each question of a login's check is given this long, like every other call."""


class Known(Api, Protocol):
    """An API whose certificate authority can be told."""

    @property
    def authorities(self) -> bytes:
        """The certificate authorities that the kubeconfig names; empty where it names none."""


def digest_of(authorities: bytes) -> str:
    """Give what stands for the authorities in an identity; empty where there are none."""
    return sha256(authorities.strip()).hexdigest() if authorities.strip() else ""


async def identify(api: Known, *, deadline_s: float = LOOK_S) -> ClusterId:
    """Ask which cluster this is; raises `ClusterError` where it does not answer.

    Where we may not read its UID, its authority and its address stand for it: no right is asked for.
    """
    return ClusterId(
        uid=await _uid(api, KUBE_SYSTEM, deadline_s=deadline_s),
        authority=digest_of(api.authorities),
        server=api.server,
    )


class Vouch:
    """Looks at each new login before it is used: whether it leads to the cluster of this release."""

    def __init__(self, expected: Identity, *, paths: Iterable[str]) -> None:
        """`paths` are those of the router's object, one for each version of its kind."""
        self._expected = expected
        self._paths = tuple(paths)

    async def __call__(self, api: Known) -> None:
        """Raise `AnotherCluster`, naming both, where it leads elsewhere or nobody can tell."""
        there = await identify(api)
        same = self._expected.cluster.is_same(there)
        if same is None:
            # The UID may not be read, and the authority or the address is another: both change in the life
            # of a cluster. No two objects have one UID, so the router's own tells.
            same = bool(self._expected.route) and await self._route_uid(api) == self._expected.route
        if not same:
            raise AnotherCluster(
                f"This is another cluster: the release began in {self._expected.cluster.in_words}, "
                f'and the context "{api.context}" leads to {there.in_words} now.',
                hint="Nothing is written here; let the context lead back, or name one that does with "
                "--context, to pithead resume or to pithead rollback.",
            )

    async def _route_uid(self, api: Known) -> str:
        for path in self._paths:
            if uid := await _uid(api, path, deadline_s=LOOK_S):
                return uid
        return ""


async def _uid(api: Known, path: str, *, deadline_s: float) -> str:
    """Read an object's UID; empty where it is not there, or we may not read it."""
    try:
        obj = shaped(await api.get(path, deadline_s=deadline_s), Identified)
    except LoggedOut:
        raise
    except (Denied, NotFound):
        return ""
    return str(obj["metadata"]["uid"])
