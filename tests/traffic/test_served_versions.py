"""A definition that is installed anew, or serves other versions, keeps no write from its object."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest
import yaml

from console.errors import Conflict, NotFound, NotServed
from console.plan.exposure import Exposure
from console.traffic.marks import Marks
from console.traffic.registry import open_router
from tests.traffic.ground import CANARY, STABLE, plan_for, virtual_service
from tests.traffic.servers import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.traffic.router import Router
    from tests.traffic.ground import Shop
    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NAME = "virtualservices.networking.istio.io"
SERVED = "/apis/networking.istio.io/{}/virtualservices"


@pytest.fixture
def real(other_real: RealServer) -> RealServer:
    """Give one whose definitions no other test needs meanwhile."""
    return other_real


def is_served(real: RealServer, version: str) -> bool:
    try:
        real.ask("GET", SERVED.format(version))
    except HTTPError as error:
        if error.code != 404:
            raise
        return False
    return True


def change_served(real: RealServer, *, but: str, served: bool) -> None:
    """Serve one version no longer, or again."""
    definition = real.ask("GET", f"{DEFINITIONS}/{NAME}")
    for version in definition["spec"]["versions"]:
        if version["name"] == but:
            version["served"] = served
    real.ask("PUT", f"{DEFINITIONS}/{NAME}", definition)
    real.wait_until(lambda: is_served(real, but) is served)


def remove(real: RealServer) -> None:
    real.ask("DELETE", f"{DEFINITIONS}/{NAME}")
    real.wait_until(lambda: not is_there(real))
    real.wait_until(lambda: not any(is_served(real, version) for version in ("v1", "v1beta1", "v1alpha3")))


def is_there(real: RealServer) -> bool:
    try:
        real.ask("GET", f"{DEFINITIONS}/{NAME}")
    except HTTPError as error:
        if error.code != 404:
            raise
        return False
    return True


def install(real: RealServer, *versions: str) -> None:
    """Install it with some of its versions, the first of them as the one that is stored."""
    definition = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    kept = [each for each in definition["spec"]["versions"] if each["name"] in versions]
    for each in kept:
        each["storage"] = each["name"] == versions[0]
    definition["spec"]["versions"] = kept
    real.ask("POST", DEFINITIONS, definition)
    real.wait_until(lambda: is_served(real, versions[0]))


@contextmanager
def as_it_was_afterwards(real: RealServer) -> Iterator[None]:
    try:
        yield
    finally:
        if is_there(real):
            remove(real)
        install(real, "v1", "v1beta1", "v1alpha3")


def drive(shop: Shop) -> Router:
    plan = plan_for(shop.namespace)
    marks = Marks(release="checkout-1", driver="ana@bastion/checkout-1/0a", version="1.0")
    return open_router(shop.cluster, plan, marks=marks, deadline_s=5.0)


async def test_a_version_that_is_not_served_any_more_keeps_no_write_from_its_object(real: RealServer) -> None:
    shop = real.open_shop()
    await shop.put(virtual_service())
    router = drive(shop)
    base = await router.read()
    with as_it_was_afterwards(real):
        change_served(real, but="v1", served=False)
        assert (await router.write(Exposure(weight=10), base=base)).weight == 10
        base = await router.read()
        assert base.weight == 10
        change_served(real, but="v1", served=True)
        change_served(real, but="v1beta1", served=False)
        assert (await router.write(Exposure(weight=0), base=base)).weight == 0


async def test_a_definition_that_is_installed_anew_with_other_versions_keeps_no_rollback_back(
    real: RealServer,
) -> None:
    shop = real.open_shop()
    await shop.put(virtual_service())
    router = drive(shop)
    base = await router.read()
    with as_it_was_afterwards(real):
        remove(real)
        with pytest.raises(NotServed):
            await router.read()
        install(real, "v1beta1")
        with pytest.raises(NotFound, match="checkout"):
            await router.read()
        obj: dict[str, Any] = virtual_service(STABLE | {"weight": 50}, CANARY | {"weight": 50})
        real.ask(
            "POST",
            f"/apis/networking.istio.io/v1beta1/namespaces/{shop.namespace}/virtualservices",
            obj | {"apiVersion": "networking.istio.io/v1beta1"},
        )
        with pytest.raises(Conflict):
            await router.write(Exposure(weight=0), base=base)
        assert (await router.write(Exposure(weight=0), base=await router.read())).weight == 0
