"""What pithead writes into an HTTPProxy and an HTTPRoute is the share that Contour's Envoy serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.plan.exposure import Exposure
from tests.data_planes.contour import HOW_TO_GET, Contour, find_contour
from tests.data_planes.driven import ROUTERS, Driven, near
from tests.data_planes.versions import Versions, own_address

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED = 4000
"""Requests at each weight: at 5% Envoy's draws scatter by a third of a point."""
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def versions() -> Iterator[Versions]:
    address = own_address()
    if address is None:
        pytest.skip("an EndpointSlice takes no address of loopback, and this machine has no other")
    found = Versions(address)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def contour(versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contour]:
    assets = find_contour()
    if assets is None:
        pytest.skip(HOW_TO_GET)
    found = Contour(assets, tmp_path_factory.mktemp("contour"))
    try:
        found.start()
        found.lay(versions)
        yield found
    finally:
        found.stop()


@pytest.fixture(params=ROUTERS)
def driven(request: pytest.FixtureRequest, contour: Contour) -> Iterator[Driven]:
    found = Driven(contour, request.param)
    yield found
    found.remove()


async def test_the_share_that_is_written_is_the_share_that_is_served(driven: Driven) -> None:
    await driven.follows(0)
    for weight in (1, 5, 50, 100, 50, 5, 0):
        await driven.write(weight)
        await driven.follows(weight)
        served = await driven.users.ask(ASKED)
        assert set(served) <= {"v1", "v2"}, "every request is answered by a version"
        assert near(weight, served["v2"], ASKED), f"{weight}%: {served}"
        assert (await driven.router.read()).exposure == Exposure(weight=weight)


async def test_a_way_back_is_followed_by_every_request_and_loses_none(driven: Driven) -> None:
    await driven.write(50)
    await driven.follows(50)
    for _ in range(5):
        asking = asyncio.ensure_future(driven.users.ask(ASKED))
        await asyncio.sleep(0.05)
        await driven.write(0)
        served = await asking
        assert set(served) <= {"v1", "v2"}, "no request is lost on the way"
        await driven.follows(0)
        assert set(await driven.users.ask(ASKED)) == {"v1"}, "zero is none"
        await driven.write(50)
        await driven.follows(50)
