"""A TrafficSplit by Linkerd's own definition, of two versions and one object, on a real API server."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest
import yaml

from console.cluster.api import MERGE_PATCH
from console.errors import ClusterError
from console.plan.exposure import Exposure
from console.traffic.marks import Marks
from console.traffic.registry import object_of, open_router
from tests.traffic.ground import DEADLINE_S, plan_for
from tests.traffic.kinds.smi import SETTINGS, plain
from tests.traffic.servers import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.traffic.router import Router
    from tests.traffic.ground import Shop
    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real

Json = dict[str, Any]
KIND = object_of("smi")
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NAME = f"{KIND.PLURAL}.{KIND.GROUP}"
SCHEMA = SCHEMAS / "trafficsplits.yaml"
WEIGHTS = {"v1alpha1": {"x-kubernetes-int-or-string": True}, "v1alpha2": {"type": "number"}}
"""What a weight is in the versions that linkerd-smi's chart serves, the stored one first."""


def linkerds() -> Json:
    """Write Linkerd's definition: that of the SDK, with other versions and what a weight is in each."""
    definition: Json = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    like = definition["spec"]["versions"][-1]
    versions = []
    for number, (name, weight) in enumerate(WEIGHTS.items()):
        version = {**deepcopy(like), "name": name, "served": True, "storage": number == 0}
        spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        spec["backends"]["items"]["properties"]["weight"] = weight
        versions.append(version)
    definition["spec"]["versions"] = versions
    return definition


def is_served(real: RealServer, version: str) -> bool:
    try:
        real.ask("GET", f"/apis/{KIND.GROUP}/{version}/{KIND.PLURAL}")
    except HTTPError as error:
        if error.code != 404:
            raise
        return False
    return True


def put_in_place(real: RealServer, definition: Json) -> None:
    """Install a definition in the place of the one that is there."""
    there = [each["name"] for each in real.ask("GET", f"{DEFINITIONS}/{NAME}")["spec"]["versions"]]
    real.ask("DELETE", f"{DEFINITIONS}/{NAME}")
    real.wait_until(lambda: not any(is_served(real, version) for version in there))
    real.ask("POST", DEFINITIONS, definition)
    served = [each["name"] for each in definition["spec"]["versions"] if each["served"]]
    real.wait_until(lambda: all(is_served(real, version) for version in served))


@pytest.fixture(scope="module")
def real(other_real: RealServer) -> Iterator[RealServer]:
    """Give a cluster that has Linkerd's definition meanwhile."""
    put_in_place(other_real, linkerds())
    yield other_real
    put_in_place(other_real, yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))


@pytest.fixture
def shop(real: RealServer) -> Shop:
    return real.open_shop()


async def put(shop: Shop, *weights: float | str) -> Router:
    obj = plain(*weights) | {"apiVersion": f"{KIND.GROUP}/v1alpha1"}
    path = KIND.path("v1alpha1", shop.namespace, "checkout").rpartition("/")[0]
    await shop.cluster.post(path, obj, deadline_s=DEADLINE_S)
    marks = Marks(release="checkout-1", driver="ana@bastion/checkout-1/0a", version="1")
    return open_router(shop.cluster, plan_for(shop.namespace, SETTINGS), marks=marks)


async def stored(shop: Shop) -> list[float | str]:
    obj = await shop.cluster.get(KIND.path("v1alpha1", shop.namespace, "checkout"), deadline_s=DEADLINE_S)
    return [each["weight"] for each in obj["spec"]["backends"]]


async def test_quantities_are_driven_as_quantities(shop: Shop) -> None:
    router = await put(shop, "900m", "100m")
    for weight, expected in ((5, ["950m", "50m"]), (100, ["0m", "1000m"]), (0, ["1000m", "0m"])):
        assert (await router.write(Exposure(weight=weight), base=await router.read())).weight == weight
        assert await stored(shop) == expected


async def test_the_version_that_takes_numbers_alone_would_refuse_the_write(shop: Shop) -> None:
    router = await put(shop, "900m", "100m")
    numbers = KIND.path("v1alpha2", shop.namespace, "checkout")
    spec = {"backends": plain("950m", "50m")["spec"]["backends"]}
    with pytest.raises(ClusterError, match="weight"):
        await shop.cluster.patch(numbers, {"spec": spec}, content_type=MERGE_PATCH, deadline_s=DEADLINE_S)
    await router.write(Exposure(weight=5), base=await router.read())
    assert await stored(shop) == ["950m", "50m"]


async def test_a_quantity_of_a_third_backend_keeps_no_rollback_back(shop: Shop) -> None:
    router = await put(shop, 1, "500m", "500m")
    assert (await router.write(Exposure(weight=0), base=await router.read())).weight == 0
    assert await stored(shop) == ["1500m", "0m", "500m"]


async def test_numbers_stay_numbers_there_too(shop: Shop) -> None:
    router = await put(shop, 100, 0)
    await router.write(Exposure(weight=5), base=await router.read())
    assert await stored(shop) == [95, 5]
