"""What driving a VirtualService expects of a Kubernetes API beyond what each router does, on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.pods import PodWatch
from console.cluster.whoami import who_am_i
from console.plan.exposure import Exposure
from console.plan.routers.istio import Destination, Settings
from console.traffic.marks import Marks, way_back_of
from console.traffic.registry import open_router
from tests.traffic.ground import BY_SUBSET, CANARY, STABLE, Shop, plan_for, pod_status, virtual_service

if TYPE_CHECKING:
    from console.preflight import Check
    from console.traffic.router import Router, Split
    from tests.traffic.servers import Server

Json = dict[str, Any]

READY = pod_status(ready=True)
OURS = Marks(
    release="checkout-1",
    driver="ana@bastion/checkout-1/0a",
    version="1.0",
    way_back=way_back_of(plan_for("shop"), leased=True),
)


@pytest.fixture
def shop(server: Server) -> Shop:
    return server.open_shop()


def drive(shop: Shop, router: Settings = BY_SUBSET, *, cluster: Any = None) -> Router:
    plan = plan_for(shop.namespace, router)
    return open_router(cluster or shop.cluster, plan, marks=OURS, deadline_s=5.0)


async def write(router: Router, weight: int) -> Split:
    return await router.write(Exposure(weight=weight), base=await router.read())


def failed(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.name: check.words for check in checks if not check.ok}


async def test_who_changed_the_routes_last_is_read(shop: Shop) -> None:
    await shop.put(virtual_service())
    routes = virtual_service(STABLE | {"weight": 90}, CANARY | {"weight": 10})["spec"]["http"]
    await shop.change({"spec": {"http": routes}}, manager="somebody")
    await shop.change({"spec": {"hosts": ["other"]}}, manager="nobody")
    assert (await drive(shop).read()).changed_by == "somebody"


async def test_a_missing_weight_is_added(shop: Shop) -> None:
    await shop.put(virtual_service(STABLE, {"destination": CANARY["destination"]}))
    assert (await write(drive(shop), 1)).weight == 1


@pytest.mark.parametrize(
    "host", ["checkout", "checkout.{}", "checkout.{}.svc", "checkout.{}.svc.cluster.local"]
)
async def test_hosts_are_found_however_they_are_written(shop: Shop, host: str) -> None:
    stable = {"destination": {"host": host.format(shop.namespace)}, "weight": 100}
    await shop.put(virtual_service(stable, {"destination": {"host": "checkout-canary"}, "weight": 0}))
    canary = Destination(host=f"checkout-canary.{shop.namespace}.svc.cluster.local")
    by_host = Settings(
        virtual_service="checkout", route=None, stable=Destination(host="checkout"), canary=canary
    )
    assert (await write(drive(shop, by_host), 5)).weight == 5


async def test_the_preflight_passes_on_good_ground(shop: Shop) -> None:
    await shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        await shop.deploy(name, replicas=1, pods=[READY])
    checks = await drive(shop).preflight()
    assert failed(checks) == {}
    behind = [check for check in checks if " behind " in check.name]  # the lab serves no Services
    assert (len(checks) - len(behind), len(behind)) in ((7, 0), (7, 2))


async def test_the_preflight_names_the_routes_that_a_release_does_not_move(shop: Shop) -> None:
    await shop.put(virtual_service(tls=[{"match": [{"sniHosts": ["checkout"]}], "route": [STABLE]}]))
    warned = [check.words for check in await drive(shop).preflight() if check.warning]
    words = "and not these: tls route number 1 (unnamed) sends to v1"
    assert warned == [f"this release moves one route of {shop.namespace}/checkout, {words}"]
    assert (await drive(shop).read()).elsewhere[0].stable


async def test_the_preflight_finds_a_right_that_is_missing(shop: Shop, server: Server) -> None:
    await shop.put(virtual_service())
    limited = server.connect_without("list", "pods")
    checks = failed(await drive(shop, cluster=limited).preflight())
    assert "we may not list pods" in checks[f"rights in {shop.namespace}"]


async def test_who_we_are_is_the_clusters_own_word(server: Server) -> None:
    cluster = server.connect()
    mine = await who_am_i(cluster, deadline_s=5.0)
    assert mine == server.account


async def test_pods_are_counted(shop: Shop) -> None:
    loops = pod_status(ready=False, restarts=4, waiting="CrashLoopBackOff")
    await shop.deploy("checkout-v2", replicas=3, pods=[READY, loops, pod_status(ready=True, restarts=1)])
    await shop.deploy("checkout-v1", replicas=1, pods=[READY])
    watch = PodWatch(shop.cluster, namespace=shop.namespace, deployment="checkout-v2")
    pods = await watch.look(deadline_s=5.0)
    assert (pods.desired, pods.ready, pods.restarts, pods.crash_looping) == (3, 2, 5, 1)
    assert await watch.look(deadline_s=5.0) == pods


TEMPLATE = {
    "metadata": {"labels": {"app": "checkout", "shop": "checkout"}},
    "spec": {"containers": [{"name": "app", "image": "app"}]},
}
SET = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "checkout-canary", "uid": "5e7"},
}
ALIKE = {
    "replicas": 1,
    "selector": {"matchLabels": {"app": "checkout"}},
    "template": TEMPLATE,
}


async def test_pods_are_their_deployments_by_owner_whatever_they_are_called_and_labelled(shop: Shop) -> None:
    """Two Deployments with the same labels and names that begin alike; a StatefulSet; a pod made by hand."""
    stable = await shop.put_deployment("checkout", ALIKE)
    canary = await shop.put_deployment("checkout-canary", ALIKE)
    ours = await shop.put_replica_set("checkout-canary-5d4", ALIKE, owner=canary)
    past = await shop.put_replica_set("checkout-canary-2f7", ALIKE, owner=canary)
    other = await shop.put_replica_set("checkout-7d9", ALIKE, owner=stable)
    await shop.put_pod("checkout-canary-5d4-abcde", TEMPLATE, owner=ours, status=READY)
    await shop.put_pod("z", TEMPLATE, owner=past, status=READY)
    await shop.put_pod("checkout-canary-5d4-fghij", TEMPLATE, owner=other, status=READY)
    await shop.put_pod("checkout-canary-0", TEMPLATE, owner=SET, status=READY)
    await shop.put_pod("checkout-canary-5d4-klmno", TEMPLATE, status=READY)
    watch = PodWatch(shop.cluster, namespace=shop.namespace, deployment="checkout-canary")
    assert (await watch.look(deadline_s=5.0)).ready == 2
    assert watch.names == ("checkout-canary-5d4-abcde", "z")
