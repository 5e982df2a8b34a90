"""One object that a data plane serves, the router that drives it, and whether traffic follows."""

from __future__ import annotations

import asyncio
import time
from math import sqrt
from typing import TYPE_CHECKING

from console.cluster.client import Cluster
from console.plan.exposure import Exposure
from console.traffic.marks import Marks
from console.traffic.registry import object_of, open_router
from tests.data_planes.contour import NAMESPACE
from tests.data_planes.versions import Users
from tests.traffic.ground import plan_for
from tests.traffic.kinds import sample_of

if TYPE_CHECKING:
    from console.traffic.router import Router, Split
    from tests.data_planes.contour import Contour

ROUTERS = ("contour", "gateway_api")
"""What Contour serves."""
SIGMAS = 5
"""Standard errors between what was asked and what was served: beyond lies one sample of two millions."""
FOLLOWED, FOLLOWS_SIGMAS = 2000, 3
"""Requests that tell whether a weight is in force, and standard errors: enough that the weight before, be it
0 behind 1% or 1% behind 5%, is not taken for it."""
LONGEST_S = 60.0
"""What a write may take until all requests follow it, on a machine that has much else to do."""


class Driven:
    """One object that Contour serves, and the router that drives it."""

    def __init__(self, contour: Contour, name: str) -> None:
        kind, sample = object_of(name), sample_of(name)
        self._path = kind.path(kind.VERSIONS[0], NAMESPACE, "checkout")
        obj = sample.plain(100, 0)
        if name == "gateway_api":
            obj["spec"]["hostnames"] = ["checkout.example"]
        self._api = contour.api
        self._api.ask("POST", self._path.rpartition("/")[0], obj)
        self._api.wait_until(lambda: bool(self._api.ask("GET", self._path).get("status")))
        login = contour.login
        cluster = Cluster.connect(kubeconfig=str(login), context=None, namespace=None)
        marks = Marks(release="checkout-1", driver="ana@bastion/checkout-1/0a", version="1.0")
        self.router: Router = open_router(
            cluster, plan_for(NAMESPACE, sample.SETTINGS), marks=marks, deadline_s=30.0
        )
        self.users = Users(contour.port)

    async def write(self, weight: int) -> None:
        await self.write_over(weight, await self.router.read())

    async def write_over(self, weight: int, base: Split) -> None:
        await self.router.write(Exposure(weight=weight), base=base)

    async def follows(self, weight: int) -> None:
        """Wait until what is served has come near what was asked: no status says so, traffic does."""
        ends = time.monotonic() + LONGEST_S
        while not await self._is_near(weight):
            assert time.monotonic() < ends, f"{weight}% is not what is served"
            await asyncio.sleep(0.1)

    async def _is_near(self, weight: int) -> bool:
        """Ask a few: before its first configuration Envoy does not even listen."""
        try:
            served = await self.users.ask(FOLLOWED)
        except ConnectionError:
            return False
        return set(served) <= {"v1", "v2"} and near(weight, served["v2"], FOLLOWED, sigmas=FOLLOWS_SIGMAS)

    def remove(self) -> None:
        self._api.ask("DELETE", self._path)


def near(weight: int, served: int, of: int, *, sigmas: int = SIGMAS) -> bool:
    """Whether this many of so many are what a weight (percent) asks for, by chance's own measure."""
    share = weight / 100
    return abs(served - share * of) <= sigmas * sqrt(of * share * (1 - share))
