"""Ways into a real API server: whom it takes us for, and what it makes of certificates that change."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from console.cluster.client import Cluster
from console.cluster.rights import Right, check_rights
from console.cluster.whoami import who_am_i
from console.errors import ClusterError, Denied, LoggedOut, Unreachable
from tests.cluster.pki import Pki

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real

LONG_S = 60.0
PATIENCE_S = 60.0
GROUP = "admissionregistration.k8s.io"


def cluster_of(path: Path, config: dict[str, Any]) -> Cluster:
    path.write_text(json.dumps(config))
    return Cluster.connect(kubeconfig=str(path), context=None, namespace=None)


def by_certificate(real: RealServer, pki: Pki, name: str) -> dict[str, Any]:
    config = real.kubeconfig()
    shown = {"client-certificate-data": pki.data(f"{name}.pem"), "client-key-data": pki.data(f"{name}.key")}
    config["users"][0]["user"] = shown
    return config


@pytest.fixture
def known(real: RealServer, tmp_path: Path) -> Pki:
    """An authority whose clients the API server knows."""
    pki = Pki(tmp_path / "known")
    certificate, key = real.authority
    for name, file in (("ca.pem", certificate), ("ca.key", key)):
        (pki.folder / name).write_bytes(file.read_bytes())
    return pki


async def test_who_acts_as_somebody_is_that_one_to_the_cluster_and_has_their_rights(
    real: RealServer, tmp_path: Path
) -> None:
    config = real.kubeconfig()
    config["users"][0]["user"] |= {"as": "release-bot", "as-groups": ["sre", "a, b"], "as-uid": "7"}
    cluster = cluster_of(tmp_path / "config", config)
    assert await who_am_i(cluster, deadline_s=LONG_S) == "release-bot"
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    said = await cluster.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review, deadline_s=LONG_S)
    assert said["status"]["userInfo"]["groups"] == ["sre", "a, b", "system:authenticated"]
    assert said["status"]["userInfo"]["uid"] == "7"
    pods = Right(verb="list", group="", plural="pods")
    assert not (await check_rights(cluster, [pods], namespace="shop", deadline_s=LONG_S)).ok
    with pytest.raises(Denied, match='"release-bot" cannot list') as caught:
        await cluster.get("/api/v1/namespaces/shop/pods", deadline_s=LONG_S)
    assert "pithead rbac" in caught.value.hint


async def test_a_client_certificate_is_known_and_one_of_a_stranger_is_not_until_the_kubeconfig_has_another(
    real: RealServer, known: Pki, tmp_path: Path
) -> None:
    stranger = Pki(tmp_path / "stranger", name="stranger")
    stranger.client("eve", group="system:masters")
    known.client("ana", group="system:masters")
    path = tmp_path / "config"
    cluster = cluster_of(path, by_certificate(real, stranger, "eve"))
    with pytest.raises(LoggedOut):
        await cluster.get("/api/v1/namespaces", deadline_s=LONG_S)
    path.write_text(json.dumps(by_certificate(real, known, "ana")))
    assert (await until_answered(cluster, "/api/v1/namespaces"))["kind"] == "NamespaceList"
    assert await who_am_i(cluster, deadline_s=LONG_S) == "ana"


async def test_nobody_is_told_to_log_in_and_not_to_ask_for_a_role(real: RealServer, tmp_path: Path) -> None:
    config = real.kubeconfig()
    config["users"][0]["user"] = {}
    with pytest.raises(LoggedOut, match="takes us for nobody"):
        await cluster_of(tmp_path / "config", config).get("/api/v1/namespaces", deadline_s=LONG_S)


async def test_an_authority_that_was_rotated_in_the_kubeconfig_is_taken_up(
    real: RealServer, tmp_path: Path
) -> None:
    config = real.kubeconfig()
    good = json.dumps(config)
    other = Pki(tmp_path / "other", name="other")
    config["clusters"][0]["cluster"]["certificate-authority"] = str(other.pem("ca"))
    cluster = cluster_of(tmp_path / "config", config)
    with pytest.raises(Unreachable, match="certificate was not accepted"):
        await cluster.get("/version", deadline_s=LONG_S)
    (tmp_path / "config").write_text(good)
    assert "gitVersion" in await until_answered(cluster, "/version")


async def test_a_policy_s_refusal_is_not_blamed_on_the_role(real: RealServer, tmp_path: Path) -> None:
    for plural, document in frozen("way-in-frozen"):
        with suppress(HTTPError):
            real.ask("POST", f"/apis/{GROUP}/v1/{plural}", document)
    cluster = cluster_of(tmp_path / "config", real.kubeconfig())
    until = time.monotonic() + PATIENCE_S
    while True:  # a policy is in force a while after it was made
        asked = {"metadata": {"name": "way-in-frozen"}, "apiVersion": "v1", "kind": "ConfigMap"}
        try:
            await cluster.post(
                "/api/v1/namespaces/default/configmaps", asked, query={"dryRun": "All"}, deadline_s=LONG_S
            )
        except Denied as error:
            said = error.with_hint
            break
        assert time.monotonic() < until
    assert "nothing changes on a Friday" in said
    assert "No role is missing" in said


def test_kubectl_says_the_same_of_whom_it_acts_as(real: RealServer, tmp_path: Path) -> None:
    """The yardstick itself: what our headers give is what its own give."""
    config = real.kubeconfig()
    config["users"][0]["user"] |= {"as": "release-bot", "as-groups": ["sre"]}
    (tmp_path / "config").write_text(json.dumps(config))
    command = ["kubectl", "--kubeconfig", str(tmp_path / "config"), "auth", "whoami", "-o", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        pytest.skip("kubectl is missing")
    said = json.loads(done.stdout)["status"]["userInfo"]
    assert (said["username"], said["groups"]) == ("release-bot", ["sre", "system:authenticated"])


async def until_answered(cluster: Cluster, path: str) -> Any:
    until = time.monotonic() + PATIENCE_S
    while True:
        with suppress(ClusterError):
            return await cluster.get(path, deadline_s=LONG_S)
        assert time.monotonic() < until


def frozen(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Make a policy that admits no config map of this name."""
    rules = [
        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    ]
    refusal = {
        "expression": f"object.metadata.name != '{name}'",
        "message": "nothing changes on a Friday",
        "reason": "Forbidden",
    }
    policy = {"matchConstraints": {"resourceRules": rules}, "validations": [refusal]}
    binding = {"policyName": name, "validationActions": ["Deny"]}
    return [
        ("validatingadmissionpolicies", _named(name, "ValidatingAdmissionPolicy", policy)),
        ("validatingadmissionpolicybindings", _named(name, "ValidatingAdmissionPolicyBinding", binding)),
    ]


def _named(name: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
