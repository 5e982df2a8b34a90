"""What the words of a command come to when a release begins, and what of the environment is kept of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from console.cluster.resolve import resolve
from console.errors import ClusterError
from console.host.order import Order, Reach
from console.identity import ClusterId, Identity, Resolved, as_it_was, environment_of, missing_here
from console.release import events as ev
from console.release.fold import fold_all
from console.worker.record import by_the_record
from screens.commands.meant import in_its_namespace
from tests.releases import ANA, Story, plan

Json = dict[str, Any]


def kubeconfig(path: Path, *, current: str = "prod", server: str = "https://10.0.0.1:6443") -> Path:
    contexts = [
        {"name": name, "context": {"cluster": name, "user": f"{name}-user", "namespace": f"{name}-shop"}}
        for name in ("prod", "staging")
    ]
    document = {
        "current-context": current,
        "contexts": contexts,
        "clusters": [{"name": name, "cluster": {"server": server}} for name in ("prod", "staging")],
        "users": [],
    }
    path.write_text(json.dumps(document))
    return path


def found(
    variables: dict[str, str],
    *,
    kubeconfig: str | None = None,
    context: str | None = None,
    namespace: str | None = None,
) -> Resolved:
    return resolve(variables=variables, kubeconfig=kubeconfig, context=context, namespace=namespace)


def test_the_files_are_absolute_and_the_current_context_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(tmp_path / "one")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "one:absent")
    resolved = found({})
    assert resolved.files == (str(tmp_path / "one"),)
    assert (resolved.context, resolved.user, resolved.namespace) == ("prod", "prod-user", "prod-shop")
    assert resolved.cluster.server == "https://10.0.0.1:6443"


@pytest.mark.parametrize(("said", "namespace"), [(None, "staging-shop"), ("web", "web")])
def test_a_namespace_is_the_one_said_or_the_contexts(
    tmp_path: Path, said: str | None, namespace: str
) -> None:
    path = kubeconfig(tmp_path / "one")
    resolved = found({}, kubeconfig=str(path), context="staging", namespace=said)
    assert resolved.namespace == namespace


def test_no_way_in_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="does not exist"):
        found({}, kubeconfig=str(tmp_path / "absent"))


def test_a_servers_password_is_not_kept(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "one", server="https://ana:s3cretpass@10.0.0.1")
    assert found({}, kubeconfig=str(path)).cluster.server == "https://10.0.0.1"


def test_secrets_of_the_environment_are_kept_by_name_only() -> None:
    variables = {
        "HTTPS_PROXY": "http://proxy:3128",
        "ALL_PROXY": "http://ana:s3cretpass@proxy:3128",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "AWS_PROFILE": "prod",
        "AWS_SECRET_ACCESS_KEY": "s3cretkeys3cretkey",
        "EDITOR": "vi",
    }
    told, named = environment_of(variables)
    assert told == {"HTTPS_PROXY": "http://proxy:3128", "SSL_CERT_FILE": "/etc/ca.pem"}
    assert named == ("ALL_PROXY", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY")


def test_what_decided_is_set_as_it_was_and_credentials_are_those_of_now() -> None:
    told, named = environment_of(
        {"KUBECONFIG": "/a", "ALL_PROXY": "http://a:s3cretpass@p", "AWS_PROFILE": "x"}
    )
    resolved = Resolved(
        context="prod", cluster=ClusterId(), namespace="shop", environment=told, credentials=named
    )
    now = {
        "KUBECONFIG": "/b",
        "HTTPS_PROXY": "http://other",
        "ALL_PROXY": "http://b:newpasswd@p",
        "HOME": "/h",
    }
    assert as_it_was(resolved, now) == {
        "KUBECONFIG": "/a",
        "ALL_PROXY": "http://b:newpasswd@p",
        "HOME": "/h",
    }
    assert list(missing_here(resolved, now)) == ["AWS_PROFILE"]


def test_clusters_are_one_by_their_uid_and_without_one_by_authority_and_address() -> None:
    known = ClusterId(uid="1", authority="a", server="https://x")
    assert known.is_same(ClusterId(uid="1", authority="b", server="https://y")) is True
    assert known.is_same(ClusterId(uid="2", authority="a", server="https://x")) is False
    assert known.is_same(ClusterId(authority="a", server="https://x")) is True
    assert known.is_same(ClusterId(authority="b", server="https://x")) is None


def order(reach: Reach) -> Order:
    return Order(release="checkout-1", plan=plan(), reach=reach, person=ANA, attended=True)


def test_a_release_of_before_this_was_kept_goes_on_in_the_context_that_its_record_names() -> None:
    story = Story(plan())
    opened = story.records[0].event
    assert isinstance(opened, ev.ReleaseOpened)
    old = fold_all([replace(story.records[0], event=replace(opened, cluster="prod"))])
    assert by_the_record(order(Reach()), old).reach.context == "prod"
    assert by_the_record(order(Reach(context="staging")), old).reach.context == "staging"


def test_the_journal_counts_before_the_order_and_a_way_that_a_person_names_before_both() -> None:
    story = Story(plan())
    identity = Identity(cluster=ClusterId(uid="1"), route="2")
    release = story.tell(ev.Identified(cluster=identity.cluster, route=identity.route))
    named = Resolved(context="prod-2", cluster=ClusterId(), namespace="shop")
    reach = by_the_record(order(Reach(resolved=named)), release).reach
    assert (reach.resolved, reach.identity) == (named, identity)


def test_a_plan_without_a_namespace_gets_the_current_contexts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path / "one", current="staging")))
    left = replace(plan(), namespace="")
    assert in_its_namespace(left).namespace == "staging-shop"
    assert in_its_namespace(left, namespace="web").namespace == "web"
    assert in_its_namespace(plan()).namespace == plan().namespace
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    assert in_its_namespace(left).namespace == "default"
