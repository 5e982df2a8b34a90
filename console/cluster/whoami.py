"""Who the cluster takes us for, by its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cluster.shapes import SubjectReview, shaped
from console.errors import NotFound

if TYPE_CHECKING:
    from console.cluster.api import Api

GROUP = "authentication.k8s.io"
VERSIONS = ("v1", "v1beta1")
"""Kubernetes 1.27 answers by the second one alone."""


async def who_am_i(api: Api, *, deadline_s: float) -> str:
    """Ask for our own name; empty where the server does not say it."""
    for version in VERSIONS:
        review = {"apiVersion": f"{GROUP}/{version}", "kind": "SelfSubjectReview"}
        try:
            answer = await api.post(
                f"/apis/{GROUP}/{version}/selfsubjectreviews", review, deadline_s=deadline_s
            )
        except NotFound:
            continue
        status = shaped(answer, SubjectReview).get("status") or {}
        return str((status.get("userInfo") or {}).get("username") or "")
    return ""
