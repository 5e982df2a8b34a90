"""Who else steers an object: controllers that would undo our writes, and GitOps that might.

Pure: reads what the object says of itself.
"""

from __future__ import annotations

from typing import Any

from console.traffic.virtual_service import changed_by

Json = dict[str, Any]

ROLLOUTS_MARK = "argo-rollouts.argoproj.io/managed-by-rollouts"
CONTROLLERS = {"rollouts-controller": "Argo Rollouts", "flagger": "Flagger"}
"""Field managers that rewrite weights, and what people call them."""
GITOPS = {
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
}
FLUX_OFF = "kustomize.toolkit.fluxcd.io/reconcile"


def owner_of(obj: Json) -> str:
    """Say which controller owns the object's weights, in words; empty where none does."""
    metadata = obj.get("metadata", {})
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller") or owner.get("kind") in ("Canary", "Rollout"):
            return f"the {owner.get('kind')} {owner.get('name')} ({owner.get('apiVersion')}) owns it"
    if rollout := _marks(metadata).get(ROLLOUTS_MARK):
        return f"Argo Rollouts manages it for the Rollout {rollout}"
    if name := CONTROLLERS.get(changed_by(obj)):
        return f"{name} wrote its routes last"
    return ""


def gitops_of(obj: Json) -> str:
    """Name the GitOps tool that applies the object, which may or may not leave weights alone."""
    marks = _marks(obj.get("metadata", {}))
    if marks.get(FLUX_OFF) == "disabled":
        return ""
    return next((tool for mark, tool in GITOPS.items() if mark in marks), "")


def rollout_that_uses(rollouts: Json, name: str) -> str:
    """Name the Argo Rollout, of a list, that steers the VirtualService `name`; empty where none does."""
    return next(
        (r["metadata"]["name"] for r in rollouts.get("items") or () if name in _virtual_services(r)), ""
    )


def _virtual_services(rollout: Json) -> list[str]:
    node: Any = rollout
    for step in ("spec", "strategy", "canary", "trafficRouting", "istio"):
        node = node.get(step) or {}
    listed = [*(node.get("virtualServices") or ()), node.get("virtualService") or {}]
    return [str(entry.get("name", "")) for entry in listed]


def _marks(metadata: Json) -> dict[str, str]:
    return {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
