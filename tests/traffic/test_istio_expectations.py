"""What driving a VirtualService expects of a Kubernetes API: said of the lab's and of a real one."""

from __future__ import annotations

import asyncio
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.pods import PodWatch
from console.cluster.whoami import who_am_i
from console.errors import ClusterError, Conflict, Denied, NotFound, Unreachable
from console.plan.model import Destination, IstioRouter
from console.traffic.istio import IstioVirtualService
from console.traffic.marks import Marks, way_back_of, written_at
from console.traffic.rights import rights_of
from tests.traffic.cutting_proxy import CuttingProxy
from tests.traffic.ground import BY_SUBSET, CANARY, STABLE, Shop, plan_for, pod_status, virtual_service

if TYPE_CHECKING:
    from console.preflight import Check
    from console.traffic.router import Split
    from tests.traffic.servers import Server

Json = dict[str, Any]

READY = pod_status(ready=True)
OURS = Marks(
    release="checkout-1",
    driver="ana@bastion/checkout-1/0a",
    version="1.0",
    way_back=way_back_of(plan_for("shop"), leased=True),
)
THEIRS = Marks(release="checkout-9", driver="bob@laptop/checkout-9/0b", version="1.0")


@pytest.fixture
def shop(server: Server) -> Shop:
    return server.open_shop()


def drive(
    shop: Shop, router: IstioRouter = BY_SUBSET, *, cluster: Any = None, marks: Marks = OURS
) -> IstioVirtualService:
    plan = plan_for(shop.namespace, router)
    return IstioVirtualService(
        cluster or shop.cluster, plan, rights=rights_of(plan, leased=True), marks=marks, deadline_s=5.0
    )


async def write(router: IstioVirtualService, weight: int) -> Split:
    return await router.write(weight, base=await router.read())


def without_bookkeeping(obj: Json) -> Json:
    bare = deepcopy(obj)
    for field in ("resourceVersion", "managedFields", "generation"):
        del bare["metadata"][field]
    return bare


def failed(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.name: check.words for check in checks if not check.ok}


async def test_the_weights_in_force_are_read(shop: Shop) -> None:
    stored = await shop.put(virtual_service(STABLE | {"weight": 75}, CANARY | {"weight": 25}))
    split = await drive(shop).read()
    assert (split.weight, split.version) == (25, stored["metadata"]["resourceVersion"])


async def test_who_changed_the_routes_last_is_read(shop: Shop) -> None:
    await shop.put(virtual_service())
    routes = virtual_service(STABLE | {"weight": 90}, CANARY | {"weight": 10})["spec"]["http"]
    await shop.change({"spec": {"http": routes}}, manager="somebody")
    await shop.change({"spec": {"hosts": ["other"]}}, manager="nobody")
    assert (await drive(shop).read()).changed_by == "somebody"


async def test_a_write_answers_with_the_split_as_stored(shop: Shop) -> None:
    await shop.put(virtual_service())
    written = await write(drive(shop), 5)
    assert written == await drive(shop).read()
    assert (written.weight, written.changed_by) == (5, "pithead")


async def test_a_write_changes_two_weights_and_our_marks_and_nothing_else(shop: Shop) -> None:
    routes = [
        {"name": "beta", "match": [{"headers": {"x-beta": {"exact": "1"}}}], "route": [CANARY]},
        {
            "name": "main",
            "timeout": "3s",
            "retries": {"attempts": 2, "perTryTimeout": "1s"},
            "mirror": {"host": "shadow"},
            "mirrorPercentage": {"value": 12.5},
            "route": [
                {"destination": {"host": "old", "port": {"number": 80}}, "weight": 0},
                {**STABLE, "headers": {"request": {"set": {"x": "a/b~c"}}}},
                CANARY,
            ],
        },
    ]
    obj = virtual_service(http=routes, tcp=[{"route": [{"destination": {"host": "raw"}}]}])
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    stored = await shop.put(obj)
    expected = without_bookkeeping(stored)
    expected["spec"]["http"][1]["route"][1]["weight"] = 75
    expected["spec"]["http"][1]["route"][2]["weight"] = 25
    named = IstioRouter(
        virtual_service="checkout", route="main", stable=BY_SUBSET.stable, canary=BY_SUBSET.canary
    )
    began = time.time()
    await write(drive(shop, named), 25)
    obj = await shop.get()
    at = written_at(obj["metadata"]["annotations"])
    assert at is not None
    assert began - 1 <= at <= time.time()
    expected["metadata"]["annotations"] |= OURS.annotations(at=at)
    assert without_bookkeeping(obj) == expected


@pytest.mark.parametrize("annotations", [{}, {"note/x": "kept"}])
async def test_the_write_that_takes_all_weight_away_takes_our_marks_off_too(
    shop: Shop, annotations: Json
) -> None:
    obj = virtual_service()
    obj["metadata"] |= {"annotations": annotations} if annotations else {}
    stored = await shop.put(obj)
    router = drive(shop)
    await write(router, 25)
    before = (await shop.get())["metadata"]["resourceVersion"]
    await write(router, 0)
    assert without_bookkeeping(await shop.get()) == without_bookkeeping(stored)
    assert before != stored["metadata"]["resourceVersion"]


async def test_signing_off_takes_our_marks_off_and_leaves_the_weights(shop: Shop) -> None:
    obj = virtual_service()
    obj["metadata"]["annotations"] = {"note/x": "kept"}
    await shop.put(obj)
    router = drive(shop)
    await write(router, 100)
    await router.sign_off()
    assert (await shop.get())["metadata"]["annotations"] == {"note/x": "kept"}
    assert (await router.read()).weight == 100


async def test_another_drivers_marks_are_read_and_signing_off_leaves_them(shop: Shop) -> None:
    await shop.put(virtual_service())
    await write(drive(shop, marks=THEIRS), 5)
    ours = drive(shop)
    await ours.sign_off()
    assert (await ours.read()).driver == "bob@laptop (release checkout-9)"
    assert (await drive(shop, marks=THEIRS).read()).driver == ""


async def test_a_missing_weight_is_added(shop: Shop) -> None:
    await shop.put(virtual_service(STABLE, {"destination": CANARY["destination"]}))
    assert (await write(drive(shop), 1)).weight == 1


async def test_a_write_on_a_stale_base_is_a_conflict_and_changes_nothing(shop: Shop) -> None:
    await shop.put(virtual_service())
    router = drive(shop)
    base = await router.read()
    changed = await shop.change({"metadata": {"labels": {"a": "b"}}}, manager="somebody")
    with pytest.raises(Conflict):
        await router.write(5, base=base)
    assert await shop.get() == changed


async def test_a_write_on_moved_destinations_is_a_conflict(shop: Shop) -> None:
    await shop.put(virtual_service())
    router = drive(shop)
    base = await router.read()
    await shop.change({"spec": virtual_service(CANARY, STABLE)["spec"]}, manager="somebody")
    with pytest.raises(Conflict):
        await router.write(5, base=base)


async def test_after_a_conflict_a_fresh_read_makes_the_write_good(shop: Shop) -> None:
    await shop.put(virtual_service())
    router = drive(shop)
    base = await router.read()
    await shop.change({"spec": virtual_service(CANARY, STABLE)["spec"]}, manager="somebody")
    with pytest.raises(Conflict):
        await router.write(5, base=base)
    assert (await write(router, 5)).weight == 5
    assert [target["weight"] for target in (await shop.get())["spec"]["http"][0]["route"]] == [5, 95]


async def test_a_base_from_another_reader_is_good_while_the_object_stands_still(shop: Shop) -> None:
    await shop.put(virtual_service())
    base = await drive(shop).read()
    assert (await drive(shop).write(5, base=base)).weight == 5


async def test_of_two_writers_on_one_base_one_wins(shop: Shop) -> None:
    await shop.put(virtual_service())
    first, second = drive(shop), drive(shop)

    bases = [await first.read(), await second.read()]
    writes = (first.write(5, base=bases[0]), second.write(50, base=bases[1]))
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Split"]


async def test_a_write_whose_answer_is_lost_is_unreachable_and_a_read_shows_it_done(
    shop: Shop, server: Server
) -> None:
    await shop.put(virtual_service())
    async with CuttingProxy(server.port).running() as proxy:
        router = drive(shop, cluster=server.connect(through=proxy.port))
        base = await router.read()
        proxy.lose_next_answer()
        with pytest.raises(Unreachable, match="cut before the answer"):
            await router.write(5, base=base)
        after = await router.read()
    assert (after.weight, after.changed_by) == (5, "pithead")
    assert after.version != base.version


async def test_a_write_of_the_weight_in_force_leaves_the_object_at_its_version(shop: Shop) -> None:
    stored = await shop.put(virtual_service())
    assert (await write(drive(shop), 0)).version == stored["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    "host", ["checkout", "checkout.{}", "checkout.{}.svc", "checkout.{}.svc.cluster.local"]
)
async def test_hosts_are_found_however_they_are_written(shop: Shop, host: str) -> None:
    stable = {"destination": {"host": host.format(shop.namespace)}, "weight": 100}
    await shop.put(virtual_service(stable, {"destination": {"host": "checkout-canary"}, "weight": 0}))
    canary = Destination(host=f"checkout-canary.{shop.namespace}.svc.cluster.local")
    by_host = IstioRouter(
        virtual_service="checkout", route=None, stable=Destination(host="checkout"), canary=canary
    )
    assert (await write(drive(shop, by_host), 5)).weight == 5


async def test_an_absent_object_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound, match="checkout"):
        await drive(shop).read()


async def test_a_forbidden_write_is_denied(shop: Shop, server: Server) -> None:
    stored = await shop.put(virtual_service())
    limited = server.connect_without("patch", "virtualservices")
    with pytest.raises(Denied, match="patch"):
        await write(drive(shop, cluster=limited), 5)
    assert await shop.get() == stored


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


@pytest.mark.parametrize(("verb", "plural"), [("patch", "virtualservices"), ("list", "pods")])
async def test_the_preflight_finds_a_right_that_is_missing(
    shop: Shop, server: Server, verb: str, plural: str
) -> None:
    await shop.put(virtual_service())
    limited = server.connect_without(verb, plural)
    checks = failed(await drive(shop, cluster=limited).preflight())
    assert f"we may not {verb} {plural}" in checks[f"rights in {shop.namespace}"]


async def test_the_preflight_names_what_is_absent(shop: Shop) -> None:
    assert failed(await drive(shop).preflight()).keys() == {
        f"virtual service {shop.namespace}/checkout",
        f"deployment {shop.namespace}/checkout-v1",
        f"deployment {shop.namespace}/checkout-v2",
    }


async def test_an_object_with_an_owner_gets_no_more_traffic_but_can_be_rolled_back(shop: Shop) -> None:
    owner = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "name": "checkout",
        "uid": "1",
        "controller": True,
    }
    obj = virtual_service(STABLE | {"weight": 90}, CANARY | {"weight": 10})
    obj["metadata"]["ownerReferences"] = [owner]
    await shop.put(obj)
    router = drive(shop)
    with pytest.raises(ClusterError, match="Canary checkout"):
        await write(router, 20)
    assert (await write(router, 0)).weight == 0


async def test_who_we_are_is_the_clusters_word_or_the_certificates_or_nobodys(server: Server) -> None:
    cluster = server.connect()
    mine = await who_am_i(cluster, otherwise=lambda: cluster.account, deadline_s=5.0)
    assert mine == server.account


async def test_pods_are_counted(shop: Shop) -> None:
    loops = pod_status(ready=False, restarts=4, waiting="CrashLoopBackOff")
    await shop.deploy("checkout-v2", replicas=3, pods=[READY, loops, pod_status(ready=True, restarts=1)])
    await shop.deploy("checkout-v1", replicas=1, pods=[READY])
    watch = PodWatch(shop.cluster, namespace=shop.namespace, deployment="checkout-v2")
    pods = await watch.look(deadline_s=5.0)
    assert (pods.desired, pods.ready, pods.restarts, pods.crash_looping) == (3, 2, 5, 1)
    assert await watch.look(deadline_s=5.0) == pods
