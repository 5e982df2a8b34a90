"""The role that `pithead rbac` prints, on a real API server: a release runs with it, and not with less."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace

from console.cluster.client import Cluster
from console.cluster.rights import Right
from console.plan.exposure import Exposure
from console.plan.load import parse_plan
from console.plan.routers import NAMES
from console.release import events as ev
from console.traffic.marks import Marks
from console.traffic.registry import rights_of
from console.worker.connect import connect
from screens.commands.rbac import command
from tests.traffic.audit import calls_in, denials_in
from tests.traffic.driving import drive, order_of, quick_plan
from tests.traffic.ground import plan_for, pod_status, virtual_service
from tests.traffic.kinds import Stand
from tests.traffic.servers import LEAST, RBAC

if TYPE_CHECKING:
    from pathlib import Path

    from console.plan.model import Plan
    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real

PLAN = """\
pithead: 1
service: checkout
namespace: elsewhere
stable: {name: v1, deployment: checkout-v1}
canary: {name: v2, deployment: checkout-v2}
router: {istio: {virtual_service: checkout, stable: {subset: v1}, canary: {subset: v2}}}
metrics: {prometheus: "http://127.0.0.1:9090", preset: istio}
stages: [{weight: 100%, hold: 1m}]
"""
LEASED = pytest.mark.parametrize("leased", [True, False], ids=["lease", "no-lease"])


class Account:
    """The least account in a namespace of its own, with the way in to it."""

    def __init__(self, real: RealServer, folder: Path) -> None:
        self.real = real
        self.shop = real.open_shop()
        self.plan_file = folder / "plan.yaml"
        self.plan_file.write_text(PLAN)
        self.kubeconfig = folder / "config"
        self.kubeconfig.write_text(json.dumps(real.kubeconfig(LEAST)))

    @property
    def plan(self) -> Plan:
        """The plan whose role is printed, with stages and looks that take no time."""
        told = parse_plan(PLAN.encode(), origin="plan.yaml")
        quick = quick_plan(self.shop.namespace)
        return replace(quick, router=told.router, stable=told.stable, canary=told.canary)

    async def lay_ground(self) -> None:
        await self.shop.put(virtual_service())
        for name in ("checkout-v1", "checkout-v2"):
            await self.shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])

    def printed(self, *, leased: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the command prints for this account: the role and its binding."""
        words = [str(self.plan_file), "--user", LEAST, "--namespace", self.shop.namespace]
        done = CliRunner().invoke(command, words if leased else [*words, "--no-lease"], standalone_mode=False)
        role, binding = yaml.safe_load_all(done.output)
        return role, binding


def rights_in(role: dict[str, Any]) -> list[Right]:
    """Take the role apart: one verb on one object each."""
    return [
        Right(verb=verb, group=group, plural=plural, name=name)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for plural in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    ]


def rule_of(right: Right) -> dict[str, Any]:
    names = {"resourceNames": [right.name]} if right.name else {}
    return {"apiGroups": [right.group], "resources": [right.plural], "verbs": [right.verb], **names}


@LEASED
async def test_a_release_runs_with_the_role_that_is_printed_and_needs_all_of_it(
    real: RealServer, tmp_path: Path, *, leased: bool
) -> None:
    account = Account(real, tmp_path)
    await account.lay_ground()
    role, binding = account.printed(leased=leased)
    real.apply(role, binding, wanted=(granted := rights_in(role)))
    order = replace(order_of(account.plan, account.kubeconfig, login="ana"), leased=leased)
    end = (await drive(order, tmp_path / "ana"))[-1].event
    assert isinstance(end, ev.ReleaseEnded)
    assert end.outcome is ev.Outcome.PROMOTED, end.reason
    assert denials_in(real.audit_log, namespace=account.shop.namespace) == []
    asked = calls_in(real.audit_log, account=LEAST, namespace=account.shop.namespace)
    assert asked == {(right.verb, right.group, right.plural, right.name) for right in granted}
    assert "annotations" not in (await account.shop.get())["metadata"]


@LEASED
@pytest.mark.full
async def test_whichever_right_is_taken_away_the_preflight_names_it(
    real: RealServer, tmp_path: Path, *, leased: bool
) -> None:
    account = Account(real, tmp_path)
    await account.lay_ground()
    role, binding = account.printed(leased=leased)
    rights = rights_in(role)
    order = replace(order_of(account.plan, account.kubeconfig, login="ana"), leased=leased)
    for missing in rights:
        kept = [right for right in rights if right != missing]
        real.apply({**role, "rules": [*map(rule_of, kept)]}, binding, wanted=kept, unwanted=(missing,))
        wrong = [check.words for check in await connect(order).router.preflight() if not check.ok]
        assert any(words.startswith(f"we may not {missing};") for words in wrong), (missing, wrong)


@pytest.mark.parametrize("kind", NAMES)
async def test_each_kind_of_router_is_driven_with_the_rights_that_it_names_and_needs_all_of_them(
    real: RealServer, kind: str, tmp_path: Path
) -> None:
    stand = Stand(real.open_shop(), kind)
    namespace, settings = stand.shop.namespace, stand.sample.SETTINGS
    await stand.sample.lay_behind(stand.shop)
    if not stand.kind.made_from(settings):
        await stand.put(stand.sample.plain(100, 0))
    for name in ("checkout-v1", "checkout-v2"):
        await stand.shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    plan = plan_for(namespace, settings)
    rights = rights_of(plan, leased=True)
    metadata = {"name": LEAST, "namespace": namespace}
    subject = {"apiGroup": RBAC, "kind": "User", "name": LEAST}
    ref = {"apiGroup": RBAC, "kind": "Role", "name": LEAST}
    binding = {"metadata": metadata, "roleRef": ref, "subjects": [subject]}
    real.apply({"metadata": metadata, "rules": [*map(rule_of, rights)]}, binding, wanted=rights)
    (path := tmp_path / "config").write_text(json.dumps(real.kubeconfig(LEAST)))
    router = stand.drive(
        marks=Marks(release="checkout-1", driver="ana@bastion/checkout-1/0a", version="1.0"),
        cluster=Cluster.connect(kubeconfig=str(path), context=None, namespace=None),
    )
    assert not [check for check in await router.preflight() if not check.ok]
    for weight in (5, 10, 0):
        assert (await router.write(Exposure(weight=weight), base=await router.read())).weight == weight
    assert denials_in(real.audit_log, namespace=namespace) == []
    of_the_router = {right for right in rights if right.plural != "leases"}
    asked = calls_in(real.audit_log, account=LEAST, namespace=namespace)
    assert asked == {(right.verb, right.group, right.plural, right.name) for right in of_the_router}
