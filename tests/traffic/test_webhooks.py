"""Whole releases on a real API server whose admission webhooks are slow, or change what is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.release import events as ev
from console.release.event import Event
from tests.traffic.driving import drive, order_of, quick_plan
from tests.traffic.ground import pod_status, virtual_service
from tests.traffic.webhook import webhook

if TYPE_CHECKING:
    from pathlib import Path

    from console.host.order import Order
    from tests.traffic.ground import Shop
    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real


async def lay_ground(real: RealServer) -> Shop:
    shop = real.open_shop()
    await shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        await shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    return shop


def order_in(real: RealServer, shop: Shop, folder: Path, *, patience_s: float = 60.0) -> Order:
    kubeconfig = folder / "config"
    kubeconfig.write_text(json.dumps(real.kubeconfig("ana")))
    return order_of(replace(quick_plan(shop.namespace), patience_s=patience_s), kubeconfig, login="ana")


def all_of(records: list[ev.Record], kind: type[Event]) -> list[ev.AnyEvent]:
    return [record.event for record in records if isinstance(record.event, kind)]


@pytest.mark.full
async def test_a_webhook_slower_than_our_calls_stops_no_step(real: RealServer, tmp_path: Path) -> None:
    shop = await lay_ground(real)
    order = order_in(real, shop, tmp_path)
    with webhook(real, shop.namespace, takes_s=3.0) as seen:
        records = await drive(order, tmp_path / "ana")
    (end,) = all_of(records, ev.ReleaseEnded)
    assert isinstance(end, ev.ReleaseEnded)
    assert end.outcome is ev.Outcome.PROMOTED, end.reason
    assert all_of(records, ev.WriteFailed) == []
    assert {10, 100} <= set(seen)


async def test_what_a_webhook_makes_larger_is_taken_back_at_once(real: RealServer, tmp_path: Path) -> None:
    shop = await lay_ground(real)
    order = order_in(real, shop, tmp_path, patience_s=2.0)
    with webhook(real, shop.namespace, makes=lambda weight: 50 if weight else 0) as seen:
        records = await drive(order, tmp_path / "ana")
    (altered,) = all_of(records, ev.WeightAltered)
    assert isinstance(altered, ev.WeightAltered)
    assert (altered.number, altered.asked, altered.weight) == (1, 10, 50)
    assert all_of(records, ev.TakenBack) == [ev.TakenBack(weight=0, reason="10% came out as 50%")]
    assert seen[:2] == [10, 0]
    (end,) = all_of(records, ev.ReleaseEnded)
    assert isinstance(end, ev.ReleaseEnded)
    assert end.outcome is ev.Outcome.ROLLED_BACK
    assert (await shop.get())["spec"]["http"][0]["route"][1]["weight"] == 0
