"""What a person finds in the cluster where a release's own record is lost: on the object and on the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.api import path_of
from console.cluster.lease import ClusterLease, Terms
from console.cluster.lease_object import GROUP, PLURAL
from console.plan.exposure import Exposure
from console.plan.routers.istio import Destination, Settings
from console.traffic.marks import WAY_BACK, Marks, WayBack, read_way_back, way_back_of
from console.traffic.registry import open_router
from tests.traffic.ground import plan_for, virtual_service

if TYPE_CHECKING:
    from tests.traffic.ground import Shop
    from tests.traffic.servers import Server

Json = dict[str, Any]
NAMED = Settings(
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
    path = path_of(
        group=GROUP, version="v1", namespace=shop.namespace, plural=PLURAL, name="pithead-istio-checkout"
    )
    return await shop.cluster.get(path, deadline_s=5.0)


async def test_the_object_that_is_driven_says_how_to_go_back_until_its_weight_is_gone(shop: Shop) -> None:
    await shop.put(virtual_service(http=[ROUTE]))
    plan = plan_for(shop.namespace, NAMED)
    router = open_router(shop.cluster, plan, marks=marks_in(shop))
    await router.write(Exposure(weight=5), base=await router.read())
    annotations = (await shop.get())["metadata"]["annotations"]
    way_back = read_way_back(annotations, kind="istio")
    assert way_back is not None
    assert way_back.where.settings("checkout") == NAMED
    assert (way_back.service, way_back.stable_weight, way_back.canary_weight) == ("checkout", 100, 0)
    assert way_back.command == f"pithead rollback --route istio:{shop.namespace}/checkout"
    await router.write(Exposure(weight=0), base=await router.read())
    assert not (await shop.get())["metadata"].get("annotations")


async def test_the_lease_says_the_same_while_it_is_held_and_nothing_after_it_was_let_go_of(
    shop: Shop,
) -> None:
    lease = ClusterLease(
        shop.cluster,
        namespace=shop.namespace,
        name="pithead-istio-checkout",
        identity="ana@host/checkout-1/0a",
        notes=marks_in(shop).on_lease(),
        terms=PATIENT,
    )
    await lease.acquire()
    held = (await lease_of(shop))["metadata"]["annotations"]
    assert held["pithead/release"] == "checkout-1"
    assert read_way_back(held, kind="istio") == marks_in(shop).way_back
    await lease.renew()
    assert (await lease_of(shop))["metadata"]["annotations"] == held
    await lease.release()
    assert not (await lease_of(shop))["metadata"].get("annotations")
    await lease.acquire()
    assert (await lease_of(shop))["metadata"]["annotations"] == held


def test_a_way_back_that_cannot_be_read_is_none() -> None:
    def read(annotations: Json) -> WayBack | None:
        return read_way_back(annotations, kind="istio")

    assert read({}) is None
    assert read({WAY_BACK: '{"service": 3}'}) is None
    assert read({WAY_BACK: "[]"}) is None
    assert read({WAY_BACK: "[" * 100_000}) is None
    assert read({WAY_BACK: "\ud800"}) is None


def test_a_way_back_stands_in_an_annotation_as_it_always_has() -> None:
    """Another pithead, older or newer, reads it there."""
    assert way_back_of(plan_for("shop", NAMED), leased=True).text == (
        '{"service":"checkout","stable":{"subset":"v1","host":"checkout"},"canary":{"subset":"v2","host":null},'
        '"route":"web","leased":true,"stable_weight":100,"canary_weight":0,'
        '"command":"pithead rollback --route istio:shop/checkout",'
        '"stable_version":{"name":"v1","deployment":"checkout-v1"},'
        '"canary_version":{"name":"v2","deployment":"checkout-v2"}}'
    )
