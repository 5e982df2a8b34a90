"""What a person finds in the cluster where a release's own record is lost: on the object and on the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.api import path_of
from console.cluster.lease import GROUP, PLURAL, ClusterLease, Terms
from console.plan.model import Destination, IstioRouter
from console.traffic.istio import IstioVirtualService
from console.traffic.marks import WAY_BACK, Marks, read_way_back, way_back_of
from console.traffic.rights import lease_name, rights_of
from tests.traffic.ground import plan_for, virtual_service

if TYPE_CHECKING:
    from tests.traffic.ground import Shop
    from tests.traffic.servers import Server

Json = dict[str, Any]
NAMED = IstioRouter(
    virtual_service="checkout",
    route="web",
    stable=Destination(subset="v1", host="checkout"),
    canary=Destination(subset="v2"),
)
PATIENT = Terms(duration_s=90, deadline_s=30.0)
"""A busy machine may answer late; how late is none of this test's business."""
ROUTE = {"name": "web", **virtual_service()["spec"]["http"][0]}


@pytest.fixture
def shop(server: Server) -> Shop:
    return server.open_shop()


def marks_in(shop: Shop, *, leased: bool = True) -> Marks:
    way_back = way_back_of(plan_for(shop.namespace, NAMED), leased=leased)
    return Marks(release="checkout-1", driver="ana@host/checkout-1/0a", version="1.0", way_back=way_back)


async def lease_of(shop: Shop) -> Json:
    path = path_of(group=GROUP, version="v1", namespace=shop.namespace, plural=PLURAL, name=lease_name(NAMED))
    return await shop.cluster.get(path, deadline_s=5.0)


async def test_the_object_that_is_driven_says_how_to_go_back_until_its_weight_is_gone(shop: Shop) -> None:
    await shop.put(virtual_service(http=[ROUTE]))
    plan = plan_for(shop.namespace, NAMED)
    router = IstioVirtualService(
        shop.cluster, plan, rights=rights_of(plan, leased=True), marks=marks_in(shop)
    )
    await router.write(5, base=await router.read())
    annotations = (await shop.get())["metadata"]["annotations"]
    way_back = read_way_back(annotations)
    assert way_back is not None
    assert way_back.router("checkout") == NAMED
    assert (way_back.service, way_back.stable_weight, way_back.canary_weight) == ("checkout", 100, 0)
    assert way_back.command == f"pithead rollback --route istio:{shop.namespace}/checkout"
    await router.write(0, base=await router.read())
    assert not (await shop.get())["metadata"].get("annotations")


async def test_the_lease_says_the_same_while_it_is_held_and_nothing_after_it_was_let_go_of(
    shop: Shop,
) -> None:
    lease = ClusterLease(
        shop.cluster,
        namespace=shop.namespace,
        name=lease_name(NAMED),
        identity="ana@host/checkout-1/0a",
        notes=marks_in(shop).on_lease(),
        terms=PATIENT,
    )
    await lease.acquire()
    held = (await lease_of(shop))["metadata"]["annotations"]
    assert held["pithead/release"] == "checkout-1"
    assert read_way_back(held) == marks_in(shop).way_back
    await lease.renew()
    assert (await lease_of(shop))["metadata"]["annotations"] == held
    await lease.release()
    assert not (await lease_of(shop))["metadata"].get("annotations")
    await lease.acquire()
    assert (await lease_of(shop))["metadata"]["annotations"] == held


def test_a_way_back_that_cannot_be_read_is_none() -> None:
    assert read_way_back({}) is None
    assert read_way_back({WAY_BACK: '{"service": 3}'}) is None
    assert read_way_back({WAY_BACK: "[" * 100_000}) is None
    assert read_way_back({WAY_BACK: "\ud800"}) is None
