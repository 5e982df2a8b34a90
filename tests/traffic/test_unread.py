"""A route that is deleted or may not be read any more, on a real API server: no release goes on past it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from console.release import events as ev
from tests import machine
from tests.traffic.driving import drive, order_of, quick_plan
from tests.traffic.ground import Shop, pod_status, virtual_service
from tests.traffic.servers import LEAST, RIGHTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real

WITHIN_S = 120.0
INTERVAL_S, PATIENCE_S = 0.5, 4.0
"""Longer than in other tests: a read has four fifths of an interval, and a busy API server needs them."""
RBAC = "rbac.authorization.k8s.io"


async def begun(real: RealServer, shop: Shop, folder: Path, *, login: str) -> asyncio.Task[list[ev.Record]]:
    """Begin a release that would hold for ten minutes, and give it once its first weight is in force."""
    await shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        await shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    kubeconfig = folder / "config"
    kubeconfig.write_text(json.dumps(real.kubeconfig(login)))
    plan = replace(
        quick_plan(shop.namespace, hold_s=600.0),
        interval_s=INTERVAL_S * machine.slowness(),
        patience_s=PATIENCE_S * machine.slowness(),
    )
    running = asyncio.ensure_future(drive(order_of(plan, kubeconfig, login="ana"), folder / "ana"))
    async with asyncio.timeout(WITHIN_S):
        while (await shop.get())["spec"]["http"][0]["route"][1]["weight"] != 10:
            assert not running.done(), running.result()[-1]
            await asyncio.sleep(0.05)
    return running


def causes(records: list[ev.Record]) -> list[ev.Unread]:
    return [record.event.cause for record in records if isinstance(record.event, ev.RouterUnread)]


def outcome(records: list[ev.Record]) -> ev.Outcome:
    end = records[-1].event
    assert isinstance(end, ev.ReleaseEnded)
    return end.outcome


def role(namespace: str, *, but: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Give all that a release needs but for one verb on the route, and its binding."""
    rules = [
        {"apiGroups": [group], "resources": [plural], "verbs": [verb]}
        for group, plural, verb in RIGHTS
        if (plural, verb) != ("virtualservices", but)
    ]
    metadata = {"name": "some", "namespace": namespace}
    subject = {"apiGroup": RBAC, "kind": "User", "name": LEAST}
    ref = {"apiGroup": RBAC, "kind": "Role", "name": "some"}
    return {"metadata": metadata, "rules": rules}, {
        "metadata": metadata,
        "roleRef": ref,
        "subjects": [subject],
    }


async def test_a_route_that_is_deleted_is_never_called_promoted(real: RealServer, tmp_path: Path) -> None:
    shop = real.open_shop()
    running = await begun(real, shop, tmp_path, login="ana")
    real.ask("DELETE", shop.path(plural="virtualservices", name="checkout"))
    async with asyncio.timeout(WITHIN_S):
        records = await running
    # A busy machine may leave a read unanswered as well; what the API says is that the object is gone.
    assert ev.Unread.GONE in causes(records)
    assert outcome(records) is ev.Outcome.NOT_CONFIRMED


@pytest.mark.full
async def test_a_right_that_is_revoked_is_the_reason_and_a_rollback_goes_once_it_is_back(
    real: RealServer, tmp_path: Path
) -> None:
    shop = real.open_shop()
    real.apply(*role(shop.namespace), wanted=())
    running = await begun(real, shop, tmp_path, login=LEAST)
    await asyncio.to_thread(lambda: real.apply(*role(shop.namespace, but="get"), wanted=()))
    async with asyncio.timeout(WITHIN_S):
        while "rollback_decided" not in (journal := (tmp_path / "ana" / "journal.jsonl").read_text()):
            assert not running.done(), journal
            await asyncio.sleep(0.05)
    await asyncio.to_thread(lambda: real.apply(*role(shop.namespace), wanted=()))
    async with asyncio.timeout(WITHIN_S):
        records = await running
    assert ev.Unread.FORBIDDEN in causes(records)
    assert outcome(records) in (ev.Outcome.ROLLED_BACK, ev.Outcome.NOT_CONFIRMED)
