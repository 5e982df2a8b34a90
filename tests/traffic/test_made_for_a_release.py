"""A release whose router's object is not there: its worker makes it, and takes it away with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.command import Command
from console.errors import NotFound
from console.host.control import Ask
from console.host.order import write_order
from console.plan.routers import written
from console.release import events as ev
from tests.releases import ANA
from tests.traffic.conftest import REAL
from tests.traffic.kinds import Stand
from tests.traffic.kinds.nginx_ingress import SETTINGS
from tests.traffic.two_clusters import Life, TwoClusters, order_again

if TYPE_CHECKING:
    from pathlib import Path

    from console.host.order import Order

ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA)


@pytest.mark.parametrize("host", ["lab", *REAL])
@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
async def test_its_worker_makes_it_and_the_way_back_leaves_nothing(
    host: str, request: pytest.FixtureRequest, tmp_path: Path, *, dies: bool
) -> None:
    server = request.getfixturevalue(host)
    one = TwoClusters(tmp_path, server, server)
    await one.lay_ground(namespace := f"made-{host}-{'dies' if dies else 'lives'}", only="a")
    stand = Stand(one.shops["a"], "nginx_ingress")
    await stand.sample.lay_behind(stand.shop)
    life = Life(one.folder, order_of(one, namespace))
    await life.until(lambda: life.release.weight == 10)
    assert (await stand.get())["metadata"]["annotations"]["pithead/made-for"] == "checkout-main"
    if dies:
        await life.kill()
        life = Life(one.folder, order_again(one.folder))
        await life.until(lambda: life.release.weight == 10 and bool(life.all_of(ev.RouterFound)))
        assert life.release.stranger is None
    assert life.worker.take(ROLL_BACK) == ""
    await life.until(lambda: bool(life.all_of(ev.RolledBack)))
    await life.kill()
    with pytest.raises(NotFound):
        await stand.get()


def order_of(one: TwoClusters, namespace: str) -> Order:
    order = one.order(namespace)
    order = replace(order, plan=replace(order.plan, router=written(SETTINGS)))
    write_order(one.folder / "order.json", order)
    return order
