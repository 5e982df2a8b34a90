"""Whose release, in which cluster: on the lab's API and on two real API servers."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.identity import Vouch, identify
from console.command import Command
from console.errors import AnotherCluster
from console.host.control import Ask
from console.identity import ClusterId, Identity
from console.journal import read_journal
from console.policy.explain import explain
from console.release import events as ev
from console.traffic.registry import paths_of
from console.worker.connect import led_elsewhere
from tests.kube_apiserver import find_assets
from tests.releases import ANA
from tests.traffic.ground import CANARY, STABLE, plan_for, virtual_service
from tests.traffic.servers import LabServer
from tests.traffic.two_clusters import Life, TwoClusters, order_again

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.traffic.servers import RealServer

ASK_BACK = Ask(command=Command.ROLL_BACK, person=ANA)
COUNT = itertools.count(1)
NAMES = ["lab", *(["real"] if find_assets() else [])]


def virtual_service_at(weight: int) -> dict[str, Any]:
    routes = virtual_service(STABLE | {"weight": 100 - weight}, CANARY | {"weight": weight})
    return {"spec": routes["spec"]}


@pytest.fixture(scope="session")
def other_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("other-lab"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.real][: name == "real"]) for name in NAMES])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> TwoClusters:
    mine, other = (request.getfixturevalue(name) for name in (request.param, f"other_{request.param}"))
    clusters = TwoClusters(tmp_path, mine, other)
    asyncio.run(clusters.lay_ground(f"shop-of-two-{next(COUNT)}"))
    return clusters


async def begun_and_killed(two: TwoClusters) -> None:
    """Let a release come to 10% in the cluster that the context `a` leads to, and its worker die."""
    life = Life(two.folder, two.order(next(iter(two.shops.values())).namespace))
    await life.until(lambda: life.release.weight == 10)
    await life.kill()


def led_elsewhere_by(life: Life) -> bool:
    unread = life.release.unread
    return unread is not None and unread.cause is ev.Unread.ELSEWHERE


async def test_a_release_goes_on_where_it_began_whatever_the_current_context_is(two: TwoClusters) -> None:
    await begun_and_killed(two)
    two.point(a="a", b="b", current="b")
    life = Life(two.folder, order_again(two.folder))
    await life.until(lambda: bool(life.all_of(ev.LeaseHeld)))
    await life.kill()
    assert await two.state_of("a") == (10, True, True)
    assert await two.state_of("b") == (0, False, False)


async def test_nothing_is_written_where_its_context_leads_to_another_cluster_and_both_are_named(
    two: TwoClusters,
) -> None:
    await begun_and_killed(two)
    two.point(a="b", b="a", current="a")
    life = Life(two.folder, order_again(two.folder))
    await life.until(lambda: led_elsewhere_by(life))
    line = explain(life.release, now=life.book.now())
    await life.kill()
    for shop in two.shops.values():
        assert shop.cluster.server in line.text
    assert "another cluster answers" in line.text
    assert await two.state_of("a") == (10, True, True)
    assert await two.state_of("b") == (0, False, False)


async def test_it_goes_on_by_itself_once_the_context_leads_back(two: TwoClusters) -> None:
    await begun_and_killed(two)
    two.point(a="b", b="a", current="a")
    life = Life(two.folder, order_again(two.folder))
    await life.until(lambda: led_elsewhere_by(life))
    two.point(a="a", b="b", current="a")
    await life.until(lambda: bool(life.all_of(ev.LeaseHeld)) and life.release.unread is None)
    await life.kill()
    assert await two.state_of("b") == (0, False, False)


async def test_a_rollback_is_written_to_no_other_cluster(two: TwoClusters) -> None:
    await begun_and_killed(two)
    await two.shops["b"].change(virtual_service_at(40), manager="somebody")
    two.point(a="b", b="a", current="a")
    life = Life(two.folder, order_again(two.folder))
    assert life.worker.take(ASK_BACK) == ""
    await life.until(lambda: bool(life.all_of(ev.WriteFailed)))
    failed = life.all_of(ev.WriteFailed)[0]
    two.point(a="a", b="b", current="a")
    await life.until(lambda: life.release.weight == 0)
    await life.kill()
    assert "This is another cluster" in failed.trouble
    assert (await two.state_of("b"))[0] == 40
    assert (await two.state_of("a"))[0] == 0


async def test_the_command_refuses_the_same_in_one_line_before_a_worker_starts(two: TwoClusters) -> None:
    await begun_and_killed(two)
    order = order_again(two.folder)
    assert await asyncio.to_thread(led_elsewhere, order.plan, order.reach) is None
    two.point(a="b", b="a", current="a")
    error = await asyncio.to_thread(led_elsewhere, order.plan, order.reach)
    assert error is not None
    assert "\n" not in error.with_hint
    assert "--context, to pithead resume or to pithead rollback" in error.hint


async def test_the_order_and_the_journal_hold_what_it_was_resolved_to(two: TwoClusters) -> None:
    await begun_and_killed(two)
    (first, *_), order = read_journal(two.folder / "journal.jsonl"), order_again(two.folder)
    opened = first.event
    assert isinstance(opened, ev.ReleaseOpened)
    assert opened.resolved is not None
    assert opened.resolved == order.reach.resolved
    assert opened.resolved.files == (str(two.kubeconfig),)
    assert (opened.resolved.context, opened.resolved.user) == ("a", "a")
    assert opened.resolved.cluster.server == two.shops["a"].cluster.server
    identity = order.reach.identity
    assert identity is not None
    obj = await two.shops["a"].get()
    assert identity.route == obj["metadata"]["uid"]


@pytest.mark.real
@pytest.mark.full  # a second API server takes 12 s of computing
async def test_a_cluster_is_known_by_the_uid_of_its_namespace_kube_system(
    real: RealServer, other_real: RealServer
) -> None:
    found = [await identify(server.connect()) for server in (real, other_real)]
    said = [server.ask("GET", "/api/v1/namespaces/kube-system") for server in (real, other_real)]
    assert [one.uid for one in found] == [one["metadata"]["uid"] for one in said]
    assert found[0].is_same(found[1]) is False


@pytest.mark.real
@pytest.mark.full  # a second API server takes 12 s of computing
async def test_where_that_may_not_be_read_the_routes_own_uid_tells_one_cluster_from_another(
    real: RealServer, other_real: RealServer
) -> None:
    """The account has the rights that `pithead rbac` prints; the authority has been changed since."""
    shop = real.open_shop()
    stored = await shop.put(virtual_service())
    user = real.connect_without("list", "pods")
    there = await identify(user)
    assert there.uid == ""
    assert there.authority
    rotated = ClusterId(authority="0" * 64, server="https://its.old.address")
    paths = paths_of(plan_for(shop.namespace))
    await Vouch(Identity(cluster=rotated, route=stored["metadata"]["uid"]), paths=paths)(user)
    with pytest.raises(AnotherCluster):
        await Vouch(Identity(cluster=rotated, route="of another object"), paths=paths)(user)
    with pytest.raises(AnotherCluster):
        await Vouch(Identity(cluster=rotated, route=stored["metadata"]["uid"]), paths=paths)(
            other_real.connect_without("list", "pods")
        )


async def test_a_living_worker_does_not_use_a_new_login_that_leads_elsewhere(tmp_path: Path) -> None:
    """The old cluster is gone, and the kubeconfig says another one at its context by then."""
    mine, other = LabServer(tmp_path / "mine"), LabServer(tmp_path / "other")
    for server in (mine, other):
        (tmp_path / ("mine" if server is mine else "other")).mkdir()
        server.start()
    try:
        two = TwoClusters(tmp_path, mine, other)
        await two.lay_ground("shop")
        life = Life(two.folder, two.order("shop"))
        await life.until(lambda: life.release.weight == 10)
        two.point(a="b", b="b", current="a")
        await asyncio.to_thread(mine.stop)
        await life.until(lambda: led_elsewhere_by(life))
        await life.kill()
        assert await two.state_of("b") == (0, False, False)
    finally:
        other.stop()
