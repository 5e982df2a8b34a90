from __future__ import annotations

from typing import Any

import pytest

from console.traffic.owners import gitops_of, owner_of
from console.traffic.registry import object_of

Json = dict[str, Any]
ISTIO = object_of("istio")


def written_by(manager: str) -> Json:
    return {"managedFields": [{"manager": manager, "time": "1", "fieldsV1": {"f:spec": {"f:http": {}}}}]}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (
            {"ownerReferences": [{"apiVersion": "flagger.app/v1beta1", "kind": "Canary", "name": "shop"}]},
            "the Canary shop",
        ),
        (
            {"ownerReferences": [{"apiVersion": "x/v1", "kind": "Thing", "name": "t", "controller": True}]},
            "Thing",
        ),
        ({"annotations": {"argo-rollouts.argoproj.io/managed-by-rollouts": "shop"}}, "the Rollout shop"),
        ({"labels": {"argo-rollouts.argoproj.io/managed-by-rollouts": "shop"}}, "the Rollout shop"),
        ({"annotations": {"rollouts.kruise.io/original-spec-configuration": "{}"}}, "OpenKruise Rollouts"),
        (
            {"labels": {"rollouts.argoproj.io/gatewayapi-canary": "in-progress"}},
            "an Argo Rollout is under way",
        ),
        ({"annotations": {"rollouts.argoproj.io/managed-alb-annotations": "{}"}}, "Argo Rollouts writes its"),
        ({"labels": {"serving.knative.dev/route": "shop"}}, "Knative Serving"),
        (written_by("rollouts-controller"), "Argo Rollouts wrote"),
        (written_by("flagger"), "Flagger wrote"),
    ],
)
def test_a_controller_that_steers_the_object_is_named(metadata: Json, words: str) -> None:
    obj = {"metadata": metadata}
    assert words in owner_of(obj, changed_by=ISTIO.changed_by(obj))


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        written_by("kubectl"),
        {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x"}]},
        {"labels": None, "annotations": None, "ownerReferences": None, "managedFields": None},
    ],
)
def test_an_object_of_ones_own_has_no_owner(metadata: Json) -> None:
    obj = {"metadata": metadata}
    assert owner_of(obj, changed_by=ISTIO.changed_by(obj)) == gitops_of(obj) == ""


@pytest.mark.parametrize(
    ("metadata", "tool"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}, "Argo CD"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}}, "Flux"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "x"}}, "Flux"),
        ({"labels": {"app.kubernetes.io/instance": "x", "app.kubernetes.io/managed-by": "Helm"}}, ""),
        (
            {
                "labels": {"kustomize.toolkit.fluxcd.io/name": "x"},
                "annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"},
            },
            "",
        ),
    ],
)
def test_gitops_is_named_but_owns_nothing(metadata: Json, tool: str) -> None:
    assert gitops_of({"metadata": metadata}) == tool
    assert owner_of({"metadata": metadata}, changed_by="") == ""


def rollout(istio: Json) -> Json:
    spec = {"strategy": {"canary": {"trafficRouting": {"istio": istio}}}}
    return {"metadata": {"name": "shop"}, "spec": spec}


@pytest.mark.parametrize(
    ("istio", "found"),
    [
        ({"virtualService": {"name": "checkout"}}, True),
        ({"virtualServices": [{"name": "x"}, {"name": "checkout"}]}, True),
        ({"virtualService": {"name": "other"}}, False),
        ({}, False),
    ],
)
def test_a_rollout_that_names_the_object_is_found(istio: Json, *, found: bool) -> None:
    plain = {"metadata": {"name": "plain"}, "spec": {"strategy": {"blueGreen": {}}}}
    assert ISTIO.steered_by(plain) == [""]
    assert ("checkout" in ISTIO.steered_by(rollout(istio))) is found
