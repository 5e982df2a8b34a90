"""What every router is held to: each kind of the list, on the lab's API and on a real kube-apiserver."""

from __future__ import annotations

import asyncio
import json
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.rights import Right
from console.errors import ClusterError, Conflict, Denied, NotFound, Unreachable
from console.lab.kube.patches import json_patch
from console.plan.exposure import Exposure
from console.plan.router_kind import kind_of
from console.plan.routers import NAMES, read_in, written
from console.traffic.lost import Route, lost_release
from console.traffic.marks import Marks, read_way_back, way_back_of, written_at
from console.traffic.object_kind import Named
from console.traffic.registry import object_of, rights_of
from tests.traffic.cutting_proxy import CuttingProxy
from tests.traffic.ground import plan_for, pod_status
from tests.traffic.kinds import Stand, sample_of, wanted

if TYPE_CHECKING:
    from console.preflight import Check
    from console.traffic.router import Router, Split
    from tests.traffic.servers import Server

Json = dict[str, Any]

READY = pod_status(ready=True)
THEIRS = Marks(release="checkout-9", driver="bob@laptop/checkout-9/0b", version="1.0")
OWNER = {
    "apiVersion": "flagger.app/v1beta1",
    "kind": "Canary",
    "name": "checkout",
    "uid": "1",
    "controller": True,
}


@pytest.fixture(params=NAMES)
def stand(request: pytest.FixtureRequest, server: Server) -> Stand:
    return Stand(server.open_shop(), request.param)


def ours(stand: Stand) -> Marks:
    way_back = way_back_of(plan_for("shop", stand.sample.SETTINGS), leased=True)
    return Marks(release="checkout-1", driver="ana@bastion/checkout-1/0a", version="1.0", way_back=way_back)


def drive(stand: Stand, *, cluster: Any = None, marks: Marks | None = None) -> Router:
    return stand.drive(marks=marks or ours(stand), cluster=cluster)


async def write(router: Router, weight: int) -> Split:
    return await router.write(Exposure(weight=weight), base=await router.read())


def weights(stand: Stand, obj: Json) -> tuple[int, ...]:
    return tuple(target["weight"] for target in stand.sample.targets(obj))


def bare(obj: Json) -> Json:
    kept = deepcopy(obj)
    for field in ("resourceVersion", "managedFields", "generation"):
        kept["metadata"].pop(field, None)
    return kept


def failed(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.name: check.words for check in checks if not check.ok}


# -- reading and writing ----------------------------------------------------------------------------


async def test_the_weights_in_force_are_read(stand: Stand) -> None:
    stored = await stand.put(stand.sample.plain(75, 25))
    split = await drive(stand).read()
    assert (split.weight, split.version) == (25, stored["metadata"]["resourceVersion"])
    assert split.uid == stored["metadata"]["uid"]


async def test_a_write_answers_with_the_split_as_stored(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    written = await write(drive(stand), 5)
    assert written == await drive(stand).read()
    assert (written.weight, written.changed_by) == (5, "pithead")
    assert weights(stand, await stand.get()) == (95, 5)


async def test_a_write_changes_two_weights_and_our_marks_and_the_way_back_leaves_no_trace(
    stand: Stand,
) -> None:
    stored = await stand.put(stand.sample.rich(100, 0))
    marks, began = ours(stand), time.time()
    router = stand.drive(stand.sample.NAMED, marks=marks)
    await write(router, 25)
    obj = await stand.get()
    at = written_at(obj["metadata"]["annotations"])
    assert at is not None
    assert began - 1 <= at <= time.time()
    expected = bare(stored)
    for target, weight in zip(stand.sample.targets(expected), (75, 25), strict=True):
        target["weight"] = weight
    expected["metadata"]["annotations"] |= marks.annotations(at=at)
    assert bare(obj) == expected
    await write(router, 0)
    assert bare(await stand.get()) == bare(stored)


async def test_a_way_back_from_every_stage_leaves_the_object_as_it_was_to_the_byte(stand: Stand) -> None:
    def text(obj: Json) -> str:
        return json.dumps(bare(obj), sort_keys=True)

    stored = await stand.put(stand.sample.rich(100, 0))
    router = stand.drive(stand.sample.NAMED, marks=ours(stand))
    for stage in (1, 5, 50, 100):
        assert (await write(router, stage)).weight == stage
        await write(router, 0)
        assert text(await stand.get()) == text(stored)


async def test_who_changed_the_weights_last_is_read(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    await stand.change(wanted(stand.sample.plain(90, 10)), manager="somebody")
    await stand.change({"metadata": {"labels": {"a": "b"}}}, manager="nobody")
    assert (await drive(stand).read()).changed_by == "somebody"


async def test_a_change_of_what_is_wanted_counts_a_generation_and_marks_count_none(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    router = drive(stand)
    began = (await router.read()).generation
    counts = int(
        stand.sample.plain(90, 10)["spec"] != stand.sample.plain(100, 0)["spec"]
    )  # or in annotations
    assert (await write(router, 10)).generation == began + counts
    await router.sign_off()
    await stand.change({"metadata": {"labels": {"team": "pay"}}}, manager="kubectl-label")
    assert (await router.read()).generation == began + counts
    await stand.change(wanted(stand.sample.swapped(90, 10)), manager="kubectl-edit")
    assert (await router.read()).generation == began + counts + 1


async def test_a_write_on_a_stale_base_is_a_conflict_and_changes_nothing(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    router = drive(stand)
    base = await router.read()
    changed = await stand.change({"metadata": {"labels": {"a": "b"}}}, manager="somebody")
    with pytest.raises(Conflict):
        await router.write(Exposure(weight=5), base=base)
    assert await stand.get() == changed


async def test_after_a_conflict_by_moved_destinations_a_fresh_read_makes_the_write_good(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    router = drive(stand)
    base = await router.read()
    await stand.change(wanted(stand.sample.swapped(100, 0)), manager="somebody")
    with pytest.raises(Conflict):
        await router.write(Exposure(weight=5), base=base)
    assert (await write(router, 5)).weight == 5
    assert weights(stand, await stand.get()) == (95, 5)


async def test_a_base_from_another_reader_is_good_while_the_object_stands_still(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    base = await drive(stand).read()
    assert (await drive(stand).write(Exposure(weight=5), base=base)).weight == 5


async def test_of_two_writers_on_one_base_one_wins(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    first, second = drive(stand), drive(stand)
    bases = [await first.read(), await second.read()]
    writes = (
        first.write(Exposure(weight=5), base=bases[0]),
        second.write(Exposure(weight=50), base=bases[1]),
    )
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Split"]


async def test_a_write_whose_answer_is_lost_is_unreachable_and_a_read_shows_it_done(
    stand: Stand, server: Server
) -> None:
    await stand.put(stand.sample.plain(100, 0))
    async with CuttingProxy(server.port).running() as proxy:
        router = drive(stand, cluster=server.connect(through=proxy.port))
        base = await router.read()
        proxy.lose_next_answer()
        with pytest.raises(Unreachable, match="cut before the answer"):
            await router.write(Exposure(weight=5), base=base)
        after = await router.read()
    assert (after.weight, after.changed_by) == (5, "pithead")
    assert after.version != base.version


async def test_a_write_of_the_weight_in_force_leaves_the_object_at_its_version(stand: Stand) -> None:
    stored = await stand.put(stand.sample.plain(100, 0))
    assert (await write(drive(stand), 0)).version == stored["metadata"]["resourceVersion"]


async def test_an_absent_object_is_not_found(stand: Stand) -> None:
    with pytest.raises(NotFound, match="checkout"):
        await drive(stand).read()


async def test_a_forbidden_write_is_denied(stand: Stand, server: Server) -> None:
    stored = await stand.put(stand.sample.plain(100, 0))
    limited = server.connect_without("patch", stand.kind.PLURAL)
    with pytest.raises(Denied, match="patch"):
        await write(drive(stand, cluster=limited), 5)
    assert await stand.get() == stored


# -- whose it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize("annotations", [{}, {"note/x": "kept"}], ids=["none", "others"])
async def test_our_marks_are_there_while_it_is_driven_and_gone_with_the_weight_or_a_sign_off(
    stand: Stand, annotations: Json
) -> None:
    obj = stand.sample.plain(100, 0)
    noted = {**obj["metadata"].get("annotations", {}), **annotations}  # some kinds keep their weights there
    obj["metadata"] |= {"annotations": noted} if noted else {}
    await stand.put(obj)
    router = drive(stand)
    for take_off in (write(router, 0), router.sign_off()):
        split = await write(router, 100)
        assert (split.marked, split.driver) == (True, "")
        way_back = read_way_back((await stand.get())["metadata"]["annotations"], kind=stand.kind.NAME)
        assert way_back == ours(stand).way_back
        assert way_back is not None
        assert way_back.where.settings("checkout") == stand.sample.SETTINGS
        await take_off
        left = (await stand.get())["metadata"].get("annotations") or {}
        assert (left.keys(), left | annotations) == (noted.keys(), left)
    assert (await router.read()).weight == 100


async def test_another_drivers_marks_are_read_and_signing_off_leaves_them(stand: Stand) -> None:
    await stand.put(stand.sample.plain(100, 0))
    await write(drive(stand, marks=THEIRS), 5)
    router = drive(stand)
    await router.sign_off()
    split = await router.read()
    assert (split.driver, split.marked) == ("bob@laptop (release checkout-9)", False)
    assert (await drive(stand, marks=THEIRS).read()).driver == ""


async def test_an_object_with_an_owner_gets_no_more_traffic_but_can_be_rolled_back(stand: Stand) -> None:
    obj = stand.sample.plain(90, 10)
    obj["metadata"]["ownerReferences"] = [OWNER]
    await stand.put(obj)
    router = drive(stand)
    with pytest.raises(ClusterError, match="Canary checkout"):
        await write(router, 20)
    assert (await write(router, 0)).weight == 0


@pytest.mark.parametrize("stand", [name for name in NAMES if sample_of(name).TAKES_OTHERS], indirect=True)
async def test_a_third_destination_gets_no_less_and_keeps_no_rollback_back(stand: Stand) -> None:
    await stand.put(stand.sample.plain(60, 20, 20))
    router = drive(stand)
    with pytest.raises(ClusterError, match="other destinations of its route have a weight of 20"):
        await write(router, 50)
    split = await write(router, 0)
    assert split.weight == 0
    assert [each.third for each in split.elsewhere] == [True]


# -- the preflight ----------------------------------------------------------------------------------


async def test_the_preflight_passes_on_good_ground(stand: Stand) -> None:
    await stand.sample.lay_behind(stand.shop)
    await stand.put(stand.sample.plain(100, 0))
    for name in ("checkout-v1", "checkout-v2"):
        await stand.shop.deploy(name, replicas=1, pods=[READY])
    checks = await drive(stand).preflight()
    assert failed(checks) == {}
    assert not [check for check in checks if check.warning]
    assert f"route of {stand.shop.namespace}/checkout" in {check.name for check in checks}


async def test_the_preflight_finds_a_right_that_is_missing(stand: Stand, server: Server) -> None:
    await stand.put(stand.sample.plain(100, 0))
    limited = server.connect_without("patch", stand.kind.PLURAL)
    checks = failed(await drive(stand, cluster=limited).preflight())
    assert f"we may not patch {stand.kind.PLURAL}" in checks[f"rights in {stand.shop.namespace}"]


async def test_the_preflight_names_what_is_absent(stand: Stand) -> None:
    where = stand.shop.namespace
    assert failed(await drive(stand).preflight()).keys() == {
        f"{stand.kind.TITLE} {where}/checkout",
        f"deployment {where}/checkout-v1",
        f"deployment {where}/checkout-v2",
    }


# -- without a server -------------------------------------------------------------------------------


def stored(name: str, *weights: int) -> Json:
    obj = sample_of(name).plain(*weights)
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7"}
    return obj


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", [(100, 0), (1, 0), (1, 1), (3, 4), (200, 0), (999, 1), (0, 7)])
def test_every_weight_that_is_written_is_read_back_as_it_was_asked(name: str, start: tuple[int, int]) -> None:
    kind, settings = object_of(name), sample_of(name).SETTINGS
    for weight in range(0, 101, kind_of(name).CAN.step_percent):
        obj = stored(name, *start)
        after = json_patch(obj, kind.patch(kind.find(obj, settings), weight))
        place = kind.find(after, settings)
        assert (place.percent, place.exact_percent) == (weight, weight)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("weights", "percent"), [((999, 1), 1), ((1, 999), 99), ((2, 1), 33), ((1, 0), 0)])
def test_a_share_that_is_not_whole_is_never_called_nothing_or_all(
    name: str, weights: tuple[int, int], percent: int
) -> None:
    assert object_of(name).find(stored(name, *weights), sample_of(name).SETTINGS).percent == percent


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_holds_it_as_data_and_a_mark_all_that_a_way_back_needs(name: str) -> None:
    for settings in (sample_of(name).SETTINGS, sample_of(name).NAMED):
        assert read_in(written(settings)) == settings
        assert settings.mark.settings(settings.target) == settings
        assert plan_for("shop", settings).route == f"{name}:shop/checkout"


@pytest.mark.parametrize("name", NAMES)
def test_its_rights_name_the_object_and_its_lease(name: str) -> None:
    kind, plan = object_of(name), plan_for("shop", sample_of(name).SETTINGS)
    rights = rights_of(plan, leased=True)
    for verb in ("get", "patch"):
        assert Right(verb=verb, group=kind.GROUP, plural=kind.PLURAL, name="checkout") in rights
    assert {right.name for right in rights if right.plural == "leases"} == {"", plan.lock}


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_is_marked_a_person_s_word_for_stable_is_enough(name: str) -> None:
    side = kind_of(name).parse_side(sample_of(name).STABLE)
    route = Route(kind=name, namespace="shop", name="checkout")
    lost = lost_release(stored(name, 90, 10), {}, route=route, named=Named(stable=side))
    assert (lost.place.percent, lost.place.stable_percent, lost.plan.kind) == (10, 90, name)
    assert lost.plan.driven.target == "checkout"
