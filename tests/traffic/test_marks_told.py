"""Other releases' marks: named before a release begins, and refused where nothing keeps two apart."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.lease import ClusterLease, Terms
from console.traffic.marks import DRIVER, NAMES, RELEASE, Marks, way_back_of
from console.traffic.registry import open_router
from tests.traffic.ground import plan_for, pod_status, virtual_service

if TYPE_CHECKING:
    from console.preflight import Check
    from console.traffic.router import Router
    from tests.traffic.ground import Shop
    from tests.traffic.servers import Server

BOB = "bob@laptop/checkout-9/0b"
COUNT = itertools.count(1)


@pytest.fixture
def shop(server: Server) -> Shop:
    shop = server.open_shop(f"marks-told-{next(COUNT)}")

    async def lay() -> None:
        await shop.put(virtual_service())
        for deployment in ("checkout-v1", "checkout-v2"):
            await shop.deploy(deployment, replicas=1, pods=[pod_status(ready=True)])

    asyncio.run(lay())
    return shop


async def marked(shop: Shop, *, leased: bool, timed: bool = True) -> None:
    way_back = way_back_of(plan_for(shop.namespace), leased=leased)
    marks = Marks(release="checkout-9", driver=BOB, version="1", way_back=way_back)
    annotations: dict[str, Any] = dict(marks.annotations(at=1_767_366_245.0))
    if not timed:
        del annotations[NAMES[-1]]
    await shop.change({"metadata": {"annotations": annotations}}, manager="pithead")


def lease(shop: Shop, *, lasts_s: int) -> ClusterLease:
    name = plan_for(shop.namespace).lock
    terms = Terms(duration_s=lasts_s)
    return ClusterLease(shop.cluster, namespace=shop.namespace, name=name, identity=BOB, terms=terms)


def router_of(shop: Shop, *, leased: bool) -> Router:
    plan = plan_for(shop.namespace)
    marks = Marks(
        release="checkout-1",
        driver="ana@bastion/checkout-1/0a",
        version="1",
        way_back=way_back_of(plan, leased=leased),
    )
    return open_router(shop.cluster, plan, leased=leased, marks=marks)


async def preflight(shop: Shop, *, leased: bool) -> list[Check]:
    checks = await router_of(shop, leased=leased).preflight()
    assert all(check.ok for check in checks if not check.name.startswith("other releases")), checks
    return [check for check in checks if check.name.startswith("other releases")]


@pytest.mark.parametrize("leased", [True, False])
async def test_where_there_is_no_mark_nothing_is_said(shop: Shop, *, leased: bool) -> None:
    assert await preflight(shop, leased=leased) == []


async def test_a_mark_is_named_with_who_since_when_and_on_which_host(shop: Shop) -> None:
    await marked(shop, leased=True)
    (check,) = await preflight(shop, leased=True)
    assert (check.ok, check.warning) == (True, True)
    assert "the mark of bob@laptop (release checkout-9), written 2026-01-02T15:04:05Z" in check.words
    assert "its worker is dead, or the mark came with a manifest" in check.words


async def test_a_mark_of_an_older_pithead_is_named_without_its_time(shop: Shop) -> None:
    await marked(shop, leased=False, timed=False)
    (check,) = await preflight(shop, leased=True)
    assert "the mark of bob@laptop (release checkout-9); it runs without a lease" in check.words


@pytest.mark.parametrize("with_mark", [False, True])
async def test_no_release_without_a_lease_begins_beside_one_that_lives(
    shop: Shop, *, with_mark: bool
) -> None:
    await lease(shop, lasts_s=15).acquire()
    if with_mark:
        await marked(shop, leased=True)
    (check,) = await preflight(shop, leased=False)
    assert not check.ok
    assert "bob@laptop for the release checkout-9 for " in check.words
    assert "--take-over in place of --no-lease" in check.words


async def test_nor_beside_a_mark_of_which_nothing_tells_whether_it_lives(shop: Shop) -> None:
    await marked(shop, leased=False)
    (check,) = await preflight(shop, leased=False)
    assert not check.ok
    assert f"pithead rollback --route istio:{shop.namespace}/checkout" in check.words


async def test_a_dead_releases_mark_stands_in_nobodys_way(shop: Shop) -> None:
    await lease(shop, lasts_s=1).acquire()
    await marked(shop, leased=True)
    await asyncio.sleep(1.1)
    assert await preflight(shop, leased=False) == []


async def test_the_api_server_notes_whether_a_driver_wrote_its_mark_or_a_manifest(shop: Shop) -> None:
    router = router_of(shop, leased=True)
    await marked(shop, leased=True)
    split = await router.read()
    assert split.driver == "bob@laptop (release checkout-9)"
    assert split.driver_wrote is True
    old = {DRIVER: "eve@old/checkout-2/0c", RELEASE: "checkout-2"}
    await shop.change({"metadata": {"annotations": old}}, manager="kubectl-client-side-apply")
    split = await router.read()
    assert split.driver == "eve@old (release checkout-2)"
    assert split.driver_wrote is False
