"""What driving a VirtualService expects of a Kubernetes API: said of the lab's and of a real one."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from console.errors import ClusterError, Conflict, Denied, NotFound
from console.plan.model import Destination, IstioRouter
from console.pods import PodWatch
from console.traffic.istio import IstioVirtualService
from tests.traffic.ground import BY_SUBSET, CANARY, STABLE, Shop, plan_for, pod_status, virtual_service

if TYPE_CHECKING:
    from console.preflight import Check
    from console.traffic.router import Split
    from tests.traffic.servers import Server

Json = dict[str, Any]

READY = pod_status(ready=True)


@pytest.fixture
def shop(server: Server) -> Shop:
    return Shop(server.connect())


def drive(shop: Shop, router: IstioRouter = BY_SUBSET, *, cluster: Any = None) -> IstioVirtualService:
    return IstioVirtualService(cluster or shop.cluster, plan_for(shop.namespace, router), deadline_s=5.0)


def write(router: IstioVirtualService, weight: int) -> Split:
    async def read_and_write() -> Split:
        return await router.write(weight, base=await router.read())

    return asyncio.run(read_and_write())


def without_bookkeeping(obj: Json) -> Json:
    bare = deepcopy(obj)
    for field in ("resourceVersion", "managedFields", "generation"):
        del bare["metadata"][field]
    return bare


def failed(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.name: check.words for check in checks if not check.ok}


def test_the_weights_in_force_are_read(shop: Shop) -> None:
    stored = shop.put(virtual_service(STABLE | {"weight": 75}, CANARY | {"weight": 25}))
    split = asyncio.run(drive(shop).read())
    assert (split.weight, split.version) == (25, stored["metadata"]["resourceVersion"])


def test_who_changed_the_routes_last_is_read(shop: Shop) -> None:
    shop.put(virtual_service())
    routes = virtual_service(STABLE | {"weight": 90}, CANARY | {"weight": 10})["spec"]["http"]
    shop.change({"spec": {"http": routes}}, manager="somebody")
    shop.change({"spec": {"hosts": ["other"]}}, manager="nobody")
    assert asyncio.run(drive(shop).read()).changed_by == "somebody"


def test_a_write_answers_with_the_split_as_stored(shop: Shop) -> None:
    shop.put(virtual_service())
    written = write(drive(shop), 5)
    assert written == asyncio.run(drive(shop).read())
    assert (written.weight, written.changed_by) == (5, "pithead")


def test_a_write_changes_two_weights_and_nothing_else(shop: Shop) -> None:
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
    stored = shop.put(obj)
    expected = without_bookkeeping(stored)
    expected["spec"]["http"][1]["route"][1]["weight"] = 75
    expected["spec"]["http"][1]["route"][2]["weight"] = 25
    named = IstioRouter(
        virtual_service="checkout", route="main", stable=BY_SUBSET.stable, canary=BY_SUBSET.canary
    )
    write(drive(shop, named), 25)
    assert without_bookkeeping(shop.get()) == expected


def test_a_missing_weight_is_added(shop: Shop) -> None:
    shop.put(virtual_service(STABLE, {"destination": CANARY["destination"]}))
    assert write(drive(shop), 1).weight == 1


def test_a_write_on_a_stale_base_is_a_conflict_and_changes_nothing(shop: Shop) -> None:
    shop.put(virtual_service())
    router = drive(shop)
    base = asyncio.run(router.read())
    changed = shop.change({"metadata": {"labels": {"a": "b"}}}, manager="somebody")
    with pytest.raises(Conflict):
        asyncio.run(router.write(5, base=base))
    assert shop.get() == changed


def test_a_write_on_moved_destinations_is_a_conflict(shop: Shop) -> None:
    shop.put(virtual_service())
    router = drive(shop)
    base = asyncio.run(router.read())
    shop.change({"spec": virtual_service(CANARY, STABLE)["spec"]}, manager="somebody")
    with pytest.raises(Conflict):
        asyncio.run(router.write(5, base=base))


def test_after_a_conflict_a_fresh_read_makes_the_write_good(shop: Shop) -> None:
    shop.put(virtual_service())
    router = drive(shop)
    base = asyncio.run(router.read())
    shop.change({"spec": virtual_service(CANARY, STABLE)["spec"]}, manager="somebody")
    with pytest.raises(Conflict):
        asyncio.run(router.write(5, base=base))
    assert write(router, 5).weight == 5
    assert [target["weight"] for target in shop.get()["spec"]["http"][0]["route"]] == [5, 95]


def test_a_base_from_another_reader_is_good_while_the_object_stands_still(shop: Shop) -> None:
    shop.put(virtual_service())
    base = asyncio.run(drive(shop).read())
    assert asyncio.run(drive(shop).write(5, base=base)).weight == 5


def test_of_two_writers_on_one_base_one_wins(shop: Shop) -> None:
    shop.put(virtual_service())
    first, second = drive(shop), drive(shop)

    async def race() -> tuple[Split | BaseException, Split | BaseException]:
        bases = await asyncio.gather(first.read(), second.read())
        writes = (first.write(5, base=bases[0]), second.write(50, base=bases[1]))
        return await asyncio.gather(*writes, return_exceptions=True)

    outcomes = asyncio.run(race())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Split"]


def test_a_write_of_the_weight_in_force_leaves_the_object_at_its_version(shop: Shop) -> None:
    stored = shop.put(virtual_service())
    assert write(drive(shop), 0).version == stored["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    "host", ["checkout", "checkout.{}", "checkout.{}.svc", "checkout.{}.svc.cluster.local"]
)
def test_hosts_are_found_however_they_are_written(shop: Shop, host: str) -> None:
    stable = {"destination": {"host": host.format(shop.namespace)}, "weight": 100}
    shop.put(virtual_service(stable, {"destination": {"host": "checkout-canary"}, "weight": 0}))
    canary = Destination(host=f"checkout-canary.{shop.namespace}.svc.cluster.local")
    by_host = IstioRouter(
        virtual_service="checkout", route=None, stable=Destination(host="checkout"), canary=canary
    )
    assert write(drive(shop, by_host), 5).weight == 5


def test_an_absent_object_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound, match="checkout"):
        asyncio.run(drive(shop).read())


def test_a_forbidden_write_is_denied(shop: Shop, server: Server) -> None:
    stored = shop.put(virtual_service())
    limited = server.connect_without("patch", "virtualservices")
    with pytest.raises(Denied, match="patch"):
        write(drive(shop, cluster=limited), 5)
    assert shop.get() == stored


def test_the_preflight_passes_on_good_ground(shop: Shop) -> None:
    shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        shop.deploy(name, replicas=1, pods=[READY])
    checks = asyncio.run(drive(shop).preflight())
    assert failed(checks) == {}
    assert len(checks) == 7


@pytest.mark.parametrize(("verb", "plural"), [("patch", "virtualservices"), ("list", "pods")])
def test_the_preflight_finds_a_right_that_is_missing(
    shop: Shop, server: Server, verb: str, plural: str
) -> None:
    shop.put(virtual_service())
    limited = server.connect_without(verb, plural)
    checks = failed(asyncio.run(drive(shop, cluster=limited).preflight()))
    assert f"we may not {verb} {plural}" in checks[f"rights in {shop.namespace}"]


def test_the_preflight_names_what_is_absent(shop: Shop) -> None:
    assert failed(asyncio.run(drive(shop).preflight())).keys() == {
        f"virtual service {shop.namespace}/checkout",
        f"deployment {shop.namespace}/checkout-v1",
        f"deployment {shop.namespace}/checkout-v2",
    }


def test_an_object_with_an_owner_gets_no_more_traffic_but_can_be_rolled_back(shop: Shop) -> None:
    owner = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "name": "checkout",
        "uid": "1",
        "controller": True,
    }
    obj = virtual_service(STABLE | {"weight": 90}, CANARY | {"weight": 10})
    obj["metadata"]["ownerReferences"] = [owner]
    shop.put(obj)
    router = drive(shop)
    with pytest.raises(ClusterError, match="Canary checkout"):
        write(router, 20)
    assert write(router, 0).weight == 0


def test_pods_are_counted(shop: Shop) -> None:
    loops = pod_status(ready=False, restarts=4, waiting="CrashLoopBackOff")
    shop.deploy("checkout-v2", replicas=3, pods=[READY, loops, pod_status(ready=True, restarts=1)])
    shop.deploy("checkout-v1", replicas=1, pods=[READY])
    watch = PodWatch(shop.cluster, namespace=shop.namespace, deployment="checkout-v2")
    pods = asyncio.run(watch.look(deadline_s=5.0))
    assert (pods.desired, pods.ready, pods.restarts, pods.crash_looping) == (3, 2, 5, 1)
    assert asyncio.run(watch.look(deadline_s=5.0)) == pods
