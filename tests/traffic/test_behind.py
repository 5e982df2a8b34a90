"""The preflight follows the route's destinations to their pods, on a real kube-apiserver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.plan.model import Destination, IstioRouter
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
    router = IstioRouter(
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
