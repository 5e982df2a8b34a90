"""The preflight follows the route's destinations to their pods, on a real kube-apiserver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.plan.routers.istio import Destination, Settings
from tests.traffic.ground import STABLE, pod_status, virtual_service
from tests.traffic.test_istio_expectations import drive, failed

if TYPE_CHECKING:
    from console.preflight import Check
    from tests.traffic.ground import Shop
    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real
Json = dict[str, Any]
READY = pod_status(ready=True)
UNREADY = pod_status(ready=False)


def rule(**labels: dict[str, str]) -> Json:
    """Write a rule with these subsets."""
    return {"host": "checkout", "subsets": [{"name": name, "labels": each} for name, each in labels.items()]}


V1 = {"app": "checkout-v1"}
V2 = {"app": "checkout-v2"}


@pytest.fixture
def shop(real: RealServer) -> Shop:
    return real.open_shop()


async def lay(shop: Shop, *, rule: Json | None = None, canary: Json = READY) -> None:
    """Lay the ground of a release, but for what is said."""
    await shop.lay_behind(rule)
    await shop.deploy("checkout-v1", replicas=1, pods=[READY])
    await shop.deploy("checkout-v2", replicas=1, pods=[canary])
    await shop.put_route(virtual_service())


async def behind(shop: Shop) -> dict[str, Check]:
    """Give what the preflight says of the pods behind each version."""
    checks = await drive(shop).preflight()
    return {check.name: check for check in checks if check.name.endswith(" behind checkout")}


async def test_both_destinations_lead_to_the_pods_of_their_deployments(shop: Shop) -> None:
    await lay(shop)
    found = await behind(shop)
    rule_name = f"{shop.namespace}/checkout"
    assert {name: check.words for name, check in found.items() if check.ok and not check.warning} == {
        f"{name} behind checkout": (
            f"subset {name} of DestinationRule {rule_name} (app=checkout-{name}) selects 1 ready pods of"
            f" checkout-{name}"
        )
        for name in ("v1", "v2")
    }


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (rule(v1=V1), "has no subset v2 (it has v1), and every request to it would fail"),
        (
            rule(v1=V1, v2={"app": "chekout-v2"}),
            (
                "(app=chekout-v2) selects no ready pod; mend what it selects, or wait for them: pods of"
                " checkout-v2 have app=checkout-v2,shop=checkout"
            ),
        ),
        (rule(v1=V1, v2=V1), "(app=checkout-v1) selects 1 ready pods, and none of checkout-v2"),
    ],
)
async def test_a_subset_that_leads_to_no_pod_of_its_version_is_refused_by_name(
    shop: Shop, of: Json, words: str
) -> None:
    await lay(shop, rule=of)
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert f"DestinationRule {shop.namespace}/checkout" in refused.words
    assert words in refused.words


async def test_pods_that_are_there_and_not_ready_are_none(shop: Shop) -> None:
    await lay(shop, canary=UNREADY)
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert "selects no ready pod" in refused.words


async def test_a_service_that_selects_nothing_is_refused_by_name(shop: Shop) -> None:
    await lay(shop)
    await shop.lay_service("lost", selector={"shop": "chekout"})
    lost = {"destination": {"host": "lost"}, "weight": 0}
    await shop.change({"spec": virtual_service(STABLE, lost)["spec"]}, manager="somebody")
    router = Settings(
        virtual_service="checkout",
        route=None,
        stable=Destination(subset="v1"),
        canary=Destination(host="lost"),
    )
    refused = failed(await drive(shop, router).preflight())["v2 behind lost"]
    assert refused.startswith(f"Service {shop.namespace}/lost (shop=chekout) selects no ready pod")


async def test_a_service_that_is_not_there_is_refused(shop: Shop) -> None:
    await lay(shop)
    routes = [STABLE, {"destination": {"host": "checkout-next", "subset": "v2"}, "weight": 0}]
    spec = virtual_service(*routes)["spec"]
    await shop.change({"spec": spec}, manager="somebody")
    missing = failed(await drive(shop).preflight())["v2 behind checkout-next"]
    assert missing.startswith(f"Service {shop.namespace}/checkout-next is not there")


async def test_a_subset_that_has_the_other_versions_pods_too_is_told(shop: Shop) -> None:
    await lay(shop, rule=rule(v1=V1, v2={"shop": "checkout"}))
    told = (await behind(shop))["v2 behind checkout"]
    assert told.ok
    assert told.warning
    assert "1 ready pods of checkout-v2, and 1 that are not its own" in told.words


async def test_rules_of_another_namespace_and_hosts_outside_are_told_and_not_refused(shop: Shop) -> None:
    await lay(shop, rule={**rule(v1=V1), "host": "other"})
    told = (await behind(shop))["v2 behind checkout"]
    assert (told.ok, told.warning) == (True, True)
    assert "kubectl get destinationrules -A" in told.words
    routes = [STABLE, {"destination": {"host": "checkout.example.com", "subset": "v2"}, "weight": 0}]
    await shop.change({"spec": virtual_service(*routes)["spec"]}, manager="somebody")
    checks = {check.name: check for check in await drive(shop).preflight()}
    assert checks["v2 behind checkout.example.com"].warning


async def test_a_wildcard_and_a_full_name_are_the_same_host(shop: Shop) -> None:
    full = f"checkout.{shop.namespace}.svc.cluster.local"
    await lay(shop, rule={**rule(v1=V1, v2=V2), "host": full})
    assert all(check.ok and not check.warning for check in (await behind(shop)).values())


async def test_an_account_that_may_not_look_is_told_by_the_check_of_rights_alone(
    shop: Shop, real: RealServer
) -> None:
    await lay(shop)
    limited = real.connect_without("list", "pods")
    checks = await drive(shop, cluster=limited).preflight()
    assert failed(checks).keys() == {f"rights in {shop.namespace}"}


async def test_what_istio_adds_to_an_endpoint_by_itself_is_looked_for_at_no_pod(shop: Shop) -> None:
    placed = {"topology.istio.io/cluster": "east", "topology.kubernetes.io/region": "eu"}
    await lay(shop, rule=rule(v1=V1 | placed, v2=V2 | placed))
    assert all(check.ok and not check.warning for check in (await behind(shop)).values())


async def test_pods_with_a_version_s_labels_that_another_deployment_owns_are_not_its_own(shop: Shop) -> None:
    """The subset selects pods with the right labels; they are another Deployment's."""
    await lay(shop, canary=UNREADY)
    alike = {"labels": {"app": "checkout-v2", "shop": "checkout"}}
    template = {"metadata": alike, "spec": {"containers": [{"name": "app", "image": "app"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "checkout-v2"}}, "template": template}
    other = await shop.put_deployment("checkout-v2-old", spec)
    owner = await shop.put_replica_set("checkout-v2-old-1", spec, owner=other)
    await shop.put_pod("checkout-v2-1", template, owner=owner, status=READY)
    await shop.lay_endpoints("more", {"checkout-v2-1": True})
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert "selects 1 ready pods, and none of checkout-v2" in refused.words


async def test_a_pod_that_is_ready_and_on_its_way_out_of_the_service_is_none(shop: Shop) -> None:
    """Its endpoint says that it serves and terminates, and so is not ready."""
    await lay(shop, canary=UNREADY)
    conditions = {"ready": False, "serving": True, "terminating": True}
    await shop.lay_endpoints("leaving", {"checkout-v2-0": False}, conditions=conditions)
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert "selects no ready pod" in refused.words


async def lay_route(shop: Shop, canary: Json, *, rule: Json | None = None) -> None:
    """Lay the ground of a release whose canary goes elsewhere."""
    await lay(shop, rule=rule)
    spec = virtual_service(STABLE, {"destination": canary, "weight": 0})["spec"]
    await shop.change({"spec": spec}, manager="somebody")


async def test_a_port_that_the_service_does_not_have_is_refused(shop: Shop) -> None:
    await lay_route(shop, {"host": "checkout", "subset": "v2", "port": {"number": 8081}})
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert refused.words == (
        f"Service {shop.namespace}/checkout has no port 8081 (it has 80), and every request to it would fail;"
        " mend the port of the route's destination"
    )


async def test_ready_pods_whose_containers_lack_the_service_s_port_are_refused(shop: Shop) -> None:
    """Kubernetes lists them apart, without that port: nobody can reach them there."""
    await lay(shop, canary=UNREADY)
    await shop.lay_endpoints("renamed", {"checkout-v2-0": True}, port=None)
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert "selects 1 ready pods, and none of them has the port 80: name it in their" in refused.words


async def test_a_service_that_is_another_s_name_is_told_and_not_refused(shop: Shop) -> None:
    await lay_route(shop, {"host": "alias", "subset": "v2"})
    await shop.lay_service("alias", type="ExternalName", externalName="checkout.other.svc.cluster.local")
    told = {check.name: check for check in await drive(shop).preflight()}["v2 behind alias"]
    assert (told.ok, told.warning) == (True, True)
    assert "is another name of checkout.other.svc.cluster.local: whether it has pods of v2" in told.words


async def test_half_of_a_name_is_told_with_what_to_write(shop: Shop) -> None:
    host = f"checkout.{shop.namespace}"
    await lay_route(shop, {"host": host, "subset": "v2"})
    told = {check.name: check for check in await drive(shop).preflight()}[f"v2 behind {host}"]
    assert (told.ok, told.warning) == (True, True)
    assert told.words.startswith(f"Istio takes {host} for a whole name, which no Service has")
    assert told.words.endswith(f"write checkout or {host}.svc.cluster.local into the route")


async def test_a_subset_of_several_labels_has_the_pods_that_have_them_all(shop: Shop) -> None:
    await lay(shop, rule=rule(v1=V1, v2={**V2, "shop": "checkout"}))
    assert (await behind(shop))["v2 behind checkout"].ok


async def test_a_subset_with_one_label_too_many_is_refused(shop: Shop) -> None:
    await lay(shop, rule=rule(v1=V1, v2={**V2, "track": "canary"}))
    refused = (await behind(shop))["v2 behind checkout"]
    assert not refused.ok
    assert "(app=checkout-v2,track=canary) selects no ready pod" in refused.words


async def test_a_service_whose_endpoints_nobody_keeps_is_refused(shop: Shop) -> None:
    await lay_route(shop, {"host": "kept"}, rule=rule(v1=V1))
    await shop.lay_service("kept")
    router = Settings(
        virtual_service="checkout",
        route=None,
        stable=Destination(subset="v1"),
        canary=Destination(host="kept"),
    )
    refused = failed(await drive(shop, router).preflight())["v2 behind kept"]
    assert refused == (
        f"Service {shop.namespace}/kept (no labels) has no selector and no ready endpoint; mend the"
        " EndpointSlices that are kept for it"
    )
