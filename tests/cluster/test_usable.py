from __future__ import annotations

from typing import Any

import pytest

from console.cluster.impersonation import acting_as
from console.cluster.kubeconfig import KubeContext
from console.cluster.usable import check_usable
from console.errors import ClusterError

Json = dict[str, Any]
V1 = "client.authentication.k8s.io/v1"


def way(cluster: Json | None = None, **user: Any) -> KubeContext:
    return KubeContext(
        context="x",
        namespace="",
        cluster={"server": "https://api", **(cluster or {})},
        user={key.replace("_", "-"): value for key, value in user.items()},
        user_name="ana",
    )


def acting(name: str) -> KubeContext:
    user: Json = {"as": name}
    return way(**user)


@pytest.mark.parametrize(
    ("refused", "named", "mend"),
    [
        (way(as_groups=["sre"]), "without `as`", "with `as`"),
        (way(as_uid="7"), "without `as`", "with `as`"),
        (way(as_user_extra={"a": ["b"]}), "without `as`", "with `as`"),
        (acting("a\nb"), "control character", "one line"),
        (way(token="t", username="u", password="p"), "only one is allowed", "Take one out"),  # noqa: S106 - no secrets
        (way(client_certificate="c"), "not both", "kubectl config view"),
        (way(client_key_data="c"), "not both", "kubectl config view"),
        (way(auth_provider={"name": "gcp"}), '"gcp"', "gke-gcloud-auth-plugin"),
        (way(auth_provider={"name": "azure"}), '"azure"', "kubelogin"),
        (way(auth_provider={"name": "other"}), '"other" is not known', "oidc"),
        (way(exec={"command": "", "apiVersion": V1}), "no command", "exec"),
        (way(exec={"command": "x"}), "no apiVersion", "anew"),
        (way(exec={"command": "x", "apiVersion": V1 + "alpha1"}), "v1alpha1", "anew"),
        (way(exec={"command": "x", "apiVersion": V1, "interactiveMode": "Always"}), "keyboard", "by hand"),
        (way(exec={"command": "x", "apiVersion": V1, "interactiveMode": "?"}), '"?"', "Never"),
        (way({"server": "ftp://api"}), "no address of an API server", "https://"),
        (way({"server": "https://api:99999"}), "no address of an API server", "65535"),
        (way({"server": "https://:6443"}), "no address of an API server", "https://"),
        (way({"proxy-url": "ftp://x"}), "proxy-url", "socks5"),
        (way({"proxy-url": "proxy:3128"}), "proxy-url", "socks5"),
        (way({"insecure-skip-tls-verify": True, "certificate-authority": "x"}), "exclude", "Take one"),
    ],
)
def test_what_kubectl_refuses_is_refused_with_the_user_the_cause_and_the_mend(
    refused: KubeContext, named: str, mend: str
) -> None:
    with pytest.raises(ClusterError) as caught:
        check_usable(refused)
    assert 'The user "ana" can\'t be used' in str(caught.value)
    assert named in str(caught.value)
    assert mend in caught.value.hint
    assert "\n" not in caught.value.with_hint


@pytest.mark.parametrize("version", [V1, V1 + "beta1"])
@pytest.mark.parametrize("mode", ["", "Never", "IfAvailable"])
def test_a_plugin_that_needs_no_keyboard_is_used(version: str, mode: str) -> None:
    check_usable(way(exec={"command": "x", "apiVersion": version, "interactiveMode": mode}))


def test_nobody_is_acted_as_unless_the_kubeconfig_says_so() -> None:
    assert list(acting_as({"token": "t"})) == []


def test_each_group_and_each_extra_value_has_a_header_of_its_own() -> None:
    user = {
        "as": "release-bot",
        "as-uid": "7",
        "as-groups": ["sre", "a, b"],
        "as-user-extra": {"example.com/scopes": ["x", "y"], "50%": ["z"]},
    }
    assert list(acting_as(user)) == [
        ("Impersonate-User", "release-bot"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "sre"),
        ("Impersonate-Group", "a, b"),
        ("Impersonate-Extra-example.com%2Fscopes", "x"),
        ("Impersonate-Extra-example.com%2Fscopes", "y"),
        ("Impersonate-Extra-50%25", "z"),
    ]


def test_a_name_that_is_no_ascii_is_sent_as_utf_8() -> None:
    assert dict(acting_as({"as": "jürgen"}))["Impersonate-User"].encode("latin-1").decode() == "jürgen"
