"""Who else steers an object: controllers that would undo our writes, and GitOps that might.

Pure: reads what the object says of itself.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

ROLLOUTS_MARK = "argo-rollouts.argoproj.io/managed-by-rollouts"
CLAIMS = {
    "rollouts.kruise.io/original-spec-configuration": "OpenKruise Rollouts writes its spec anew",
    "rollouts.argoproj.io/managed-alb-annotations": "Argo Rollouts writes its actions",
    "rollouts.argoproj.io/gatewayapi-canary": "an Argo Rollout is under way on it",
    "serving.knative.dev/route": "Knative Serving made it",
}
"""Marks by which other controllers say that an object is theirs, and that in words."""
CONTROLLERS = {"rollouts-controller": "Argo Rollouts", "flagger": "Flagger"}
"""Field managers that rewrite weights, and what people call them."""
GITOPS = {
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
}
FLUX_OFF = "kustomize.toolkit.fluxcd.io/reconcile"


def owner_of(obj: Json, *, changed_by: str) -> str:
    """Say which controller owns the object's weights, in words; empty where none does.

    `changed_by` is the field manager that wrote them last.
    """
    metadata = obj.get("metadata", {})
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller") or owner.get("kind") in ("Canary", "Rollout"):
            return f"the {owner.get('kind')} {owner.get('name')} ({owner.get('apiVersion')}) owns it"
    if rollout := _marks(metadata).get(ROLLOUTS_MARK):
        return f"Argo Rollouts manages it for the Rollout {rollout}"
    if name := CONTROLLERS.get(changed_by):
        return f"{name} wrote its routes last"
    return next((words for mark, words in CLAIMS.items() if mark in _marks(metadata)), "")


def gitops_of(obj: Json) -> str:
    """Name the GitOps tool that applies the object, which may or may not leave weights alone."""
    marks = _marks(obj.get("metadata", {}))
    if marks.get(FLUX_OFF) == "disabled":
        return ""
    return next((tool for mark, tool in GITOPS.items() if mark in marks), "")


def _marks(metadata: Json) -> dict[str, str]:
    return {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
