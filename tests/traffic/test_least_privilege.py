"""The role that `pithead rbac` prints, on a real API server: a release runs with it, and not with less."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.client import Cluster
from console.cluster.rights import check_rights
from console.errors import ClusterError, Denied
from console.release import events as ev
from console.traffic.rights import rights_of
from tests.traffic.driving import drive, order_of, quick_plan
from tests.traffic.ground import Shop, pod_status, virtual_service
from tests.traffic.servers import LEAST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real


async def ground(real: RealServer) -> Shop:
    shop = Shop(real.connect())
    await shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        await shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    return shop


async def test_a_whole_release_runs_with_the_role_and_is_never_denied(
    real: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await ground(real)
    plan = quick_plan(shop.namespace)
    rights = rights_of(plan, leased=True)
    real.grant(rights, namespace=shop.namespace, all_of=rights)
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(json.dumps(real.kubeconfig(LEAST)))
    asked, denied = watch_calls(monkeypatch)
    records = await drive(order_of(plan, kubeconfig, login="ana"), tmp_path / "ana")
    end = records[-1].event
    assert isinstance(end, ev.ReleaseEnded)
    assert end.outcome is ev.Outcome.PROMOTED, end.reason
    assert (denied, len(asked) > 10) == ([], True)
    assert "annotations" not in (await shop.get())["metadata"]


async def test_each_right_that_is_missing_is_named_by_the_preflight(real: RealServer, tmp_path: Path) -> None:
    shop = await ground(real)
    rights = rights_of(quick_plan(shop.namespace), leased=True)
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(json.dumps(real.kubeconfig(LEAST)))
    cluster = Cluster.connect(kubeconfig=str(kubeconfig), context=None, namespace=None)
    for missing in rights:
        granted = [right for right in rights if right != missing]
        real.grant(granted, namespace=shop.namespace, all_of=rights)
        check = await check_rights(cluster, rights, namespace=shop.namespace, deadline_s=5.0)
        assert not check.ok
        assert check.words.startswith(f"we may not {missing};")


def watch_calls(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Write down each call, and each that the API server denies."""
    asked: list[str] = []
    denied: list[str] = []
    original = Cluster._ask

    async def ask(cluster: Cluster, method: str, path: str, **rest: Any) -> Any:
        asked.append(f"{method} {path}")
        try:
            return await original(cluster, method, path, **rest)
        except ClusterError as error:
            if isinstance(error, Denied):
                denied.append(f"{method} {path}")
            raise

    monkeypatch.setattr(Cluster, "_ask", ask)
    return asked, denied
