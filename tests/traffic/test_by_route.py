"""`pithead rollback --route`: the way back on a host that has no record, by what stands in the cluster."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from console.errors import ExitCode, NotFound, UsageError
from console.host.order import Order
from console.host.places import journal_of, known_releases, lock_of, order_of
from console.journal import read_journal
from console.journal.verify import verify
from console.plan.model import Version
from console.plan.routers.istio import Destination, Mark
from console.release import events as ev
from console.replay.source import lines_at
from console.traffic.lost import Route, lost_release
from console.traffic.marks import NAMES, Marks, way_back_of
from console.traffic.object_kind import Named
from console.worker.by_route import order_by_route
from screens.commands.rollback import command
from tests.processes.ground import workers_of
from tests.releases import ANA
from tests.traffic.conftest import REAL
from tests.traffic.ground import CANARY, STABLE, plan_for, virtual_service
from tests.traffic.two_clusters import Life, TwoClusters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = itertools.count(1)
AT_10 = (STABLE | {"weight": 90}, CANARY | {"weight": 10})
THIRD = {"destination": {"host": "checkout", "subset": "v0"}, "weight": 20}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another host's home, where no release is known; whoever watches a rollback there is ended."""
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path / "other"))
    yield tmp_path / "other"
    for worker in workers_of(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


@pytest.fixture(params=["lab", *REAL])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> TwoClusters:
    server = request.getfixturevalue(request.param)
    folder = tmp_path / "lost" / "releases" / "checkout-1"
    folder.mkdir(parents=True)
    clusters = TwoClusters(folder, server, server)
    asyncio.run(clusters.lay_ground(f"by-route-{next(COUNT)}", only="a"))
    return clusters


def roll_back(one: TwoClusters, *words: str, name: str = "checkout", yes: bool = True) -> Result:
    route = f"istio:{one.shops['a'].namespace}/{name}"
    line = ["--route", route, "--kubeconfig", str(one.kubeconfig), *words, *(["--yes"] if yes else [])]
    return CliRunner().invoke(command, line, standalone_mode=False)


async def died_at_10(one: TwoClusters) -> None:
    life = Life(one.folder, one.order(one.shops["a"].namespace))
    await life.until(lambda: life.release.weight == 10)
    await life.kill()


def stands(one: TwoClusters, *destinations: Any, marked: bool = False, unmark: bool = False) -> None:
    """Let the object be so, whoever has made it so."""
    annotations: dict[str, Any] = dict.fromkeys(NAMES) if unmark else {}
    if marked:
        way_back = way_back_of(plan_for(one.shops["a"].namespace), leased=True)
        marks = Marks(release="checkout-9", driver="bob@gone/checkout-9/0b", version="1", way_back=way_back)
        annotations = dict(marks.annotations(at=1_700_000_000.0))
    change = {"spec": virtual_service(*destinations)["spec"], "metadata": {"annotations": annotations}}
    asyncio.run(one.shops["a"].change(change, manager="kubectl-edit"))


def weight_and_marks(one: TwoClusters) -> tuple[int, bool]:
    weight, marked, _ = asyncio.run(one.state_of("a"))
    return weight, marked


def said(done: Result) -> str:
    return done.output + str(done.exception or "")


def test_by_its_marks_and_it_is_on_record_who_did_it_for_which_release(one: TwoClusters) -> None:
    asyncio.run(died_at_10(one))
    done = roll_back(one, "--reason", "pager")
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "v2 (canary) gets 10%, v1 (stable) 90%" in done.output
    assert "by its marks; release checkout-1, driven by ana@" in done.output
    assert "ROLLED BACK: all traffic on v1" in done.output
    assert weight_and_marks(one) == (0, False)
    (folder,) = known_releases()
    assert verify(lines_at(str(journal_of(folder)))).whole
    events = [record.event for record in read_journal(journal_of(folder))]
    assert isinstance(events[0], ev.ReleaseOpened)
    assert events[0].in_place_of == "checkout-1"
    (asked,) = (event for event in events if isinstance(event, ev.RollbackAsked))
    assert asked.reason == "pager"
    assert any(isinstance(event, ev.RolledBack) for event in events)


def test_by_the_leases_marks_where_the_objects_are_gone(one: TwoClusters) -> None:
    asyncio.run(died_at_10(one))
    stands(one, *AT_10, unmark=True)
    done = roll_back(one)
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "by its lease's marks; release checkout-1" in done.output
    assert weight_and_marks(one) == (0, False)


@pytest.mark.parametrize("leased", [True, False])
def test_a_manifests_marks_count_behind_the_leases_and_are_told_as_such(*, leased: bool) -> None:
    def marked(release: str, *, stable: str = "v1", canary: str = "v2") -> dict[str, str]:
        where = Mark(stable=Destination(subset=stable), canary=Destination(subset=canary))
        way_back = replace(way_back_of(plan_for("shop"), leased=True), where=where)
        marks = Marks(release=release, driver=f"bob@gone/{release}/0b", version="1", way_back=way_back)
        return marks.annotations(at=1_700_000_000.0)

    old = marked("checkout-8", stable="v2", canary="v1")
    obj = virtual_service(*AT_10) | {"metadata": {"annotations": old}}
    notes = marked("checkout-9") if leased else {}
    obj["metadata"]["namespace"] = "shop"
    owned: dict[str, Any] = {f"f:{name}": {} for name in old}
    for manager, copied in (("kubectl-client-side-apply", True), ("pithead", False)):
        fields = {"f:metadata": {"f:annotations": owned}}
        obj["metadata"]["managedFields"] = [{"manager": manager, "fieldsV1": fields}]
        lost = lost_release(
            obj, notes, route=Route(kind="istio", namespace="shop", name="checkout"), named=Named()
        )
        from_the_lease = copied and leased
        assert lost.release == ("checkout-9" if from_the_lease else "checkout-8")
        assert lost.plan.driven.names[0] == ("v1" if from_the_lease else "v2")
        assert lost.by == (
            "its lease's marks" if from_the_lease else "a manifest's marks" if copied else "its marks"
        )


def test_what_metrics_call_a_version_is_marked_too() -> None:
    named = Version(name="v1", deployment="checkout-v1", workload="shop-v1@mesh")
    way_back = way_back_of(replace(plan_for("shop"), stable=named), leased=True)
    marks = Marks(release="checkout-8", driver="bob@gone/checkout-8/0b", version="1", way_back=way_back)
    metadata = {"namespace": "shop", "annotations": marks.annotations(at=1_700_000_000.0)}
    lost = lost_release(
        virtual_service(*AT_10) | {"metadata": metadata},
        {},
        route=Route(kind="istio", namespace="shop", name="checkout"),
        named=Named(),
    )
    assert lost.plan.stable == named


def test_by_what_a_person_names_where_nothing_is_marked(one: TwoClusters) -> None:
    stands(one, *AT_10)
    done = roll_back(one, "--stable", "subset:v1")
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "by your words; no release is named there" in done.output
    assert weight_and_marks(one) == (0, False)


def test_where_nothing_says_which_is_stable_it_is_refused_with_what_is_there(one: TwoClusters) -> None:
    stands(one, *AT_10)
    done = roll_back(one)
    assert isinstance(done.exception, UsageError), said(done)
    assert "host:checkout,subset:v1 90%, host:checkout,subset:v2 10%" in str(done.exception)
    assert "--stable" in done.exception.hint
    assert "\n" not in str(done.exception)
    assert weight_and_marks(one) == (10, False)
    assert known_releases() == []


def test_destinations_that_are_not_there_are_refused(one: TwoClusters) -> None:
    stands(one, *AT_10)
    for words in (["--stable", "subset:v7"], ["--stable", "subset:v1", "--canary", "subset:v7"]):
        done = roll_back(one, *words)
        assert isinstance(done.exception, UsageError), said(done)
    assert weight_and_marks(one) == (10, False)


def test_a_route_that_is_not_there_is_one_line(one: TwoClusters) -> None:
    done = roll_back(one, name="payments")
    assert isinstance(done.exception, NotFound), said(done)
    assert "payments" in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.exception.exit_code == ExitCode.PREFLIGHT_FAILED


def test_a_third_destination_keeps_its_traffic_and_both_the_question_and_the_end_say_so(
    one: TwoClusters,
) -> None:
    stands(one, STABLE | {"weight": 70}, CANARY | {"weight": 10}, THIRD, marked=True)
    done = roll_back(one)
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert (
        "this moves one route, NOT all traffic: route number 1 (unnamed) sends to checkout/v0" in done.output
    )
    assert "ROLLED BACK: v2's weight in its route is 0, v1 gets it; NOT all traffic" in done.output
    assert weight_and_marks(one) == (0, False)


def test_marks_that_are_left_at_0_are_taken_off(one: TwoClusters) -> None:
    stands(one, STABLE, CANARY, marked=True)
    done = roll_back(one)
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert weight_and_marks(one) == (0, False)


def test_without_a_terminal_it_only_says_what_it_finds_unless_yes(one: TwoClusters) -> None:
    stands(one, *AT_10, marked=True)
    done = roll_back(one, yes=False)
    assert isinstance(done.exception, UsageError), said(done)
    assert done.exception.hint == "add --yes"
    assert "v2 (canary) gets 10%" in done.output
    assert weight_and_marks(one) == (10, True)


def test_a_promotion_that_was_not_shown_is_not_taken_back_and_the_next_time_it_is_shown(
    one: TwoClusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(died_at_10(one))

    def behind_a_newer_promotion(*standing: Any, **how: Any) -> Order:
        order = order_by_route(*standing, **how)
        stands(one, STABLE | {"weight": 0}, CANARY | {"weight": 100}, unmark=True)
        return order

    monkeypatch.setattr("screens.commands.by_route.order_by_route", behind_a_newer_promotion)
    done = roll_back(one)
    assert done.return_value == ExitCode.ROLLBACK_NOT_CONFIRMED, said(done)
    assert "not rolled back: NOT CONFIRMED: nothing was written: at 100%" in done.output
    assert "it is not what was shown when the rollback was confirmed" in done.output
    assert weight_and_marks(one) == (100, False)
    monkeypatch.setattr("screens.commands.by_route.order_by_route", order_by_route)
    done = roll_back(one, "--stable", "subset:v1")
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "v2 (canary) gets 100%" in done.output
    assert weight_and_marks(one) == (0, False)


def test_a_disk_that_takes_no_record_holds_it_up_by_nothing(one: TwoClusters, home: Path) -> None:
    stands(one, *AT_10, marked=True)
    home.write_text("no folder")
    done = roll_back(one)
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "this rollback will not be on record" in done.output
    assert weight_and_marks(one) == (0, False)


async def test_a_worker_that_lives_elsewhere_is_named_and_holds(one: TwoClusters) -> None:
    life = Life(one.folder, one.order(one.shops["a"].namespace))
    await life.until(lambda: life.release.weight == 10)
    done = await asyncio.to_thread(roll_back, one)
    await life.until(lambda: life.release.weight == 0)
    await asyncio.sleep(1.5)  # a tick and more: it must not go up again
    weight, _, _ = await one.state_of("a")
    await life.kill()
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "ITS WORKER LIVES: ana@" in done.output
    assert weight == 0
    assert life.release.drifted
    assert life.release.end is None


def test_a_record_that_is_here_after_all_is_what_it_goes_by(
    one: TwoClusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(died_at_10(one))
    monkeypatch.setenv("PITHEAD_HOME", str(one.folder.parents[1]))
    monkeypatch.setattr("screens.commands.by_route.who_is_there", lambda: ANA)
    monkeypatch.setattr("socket.gethostname", lambda: ANA.host)
    lock_of(one.folder).touch()  # as the worker leaves it
    done = roll_back(one)
    assert done.return_value == ExitCode.PROMOTED, said(done)
    assert "checkout-1 has its record on this host" in done.output
    # Its lease was renewed a moment ago: that nobody holds its lock is known at once.
    assert (
        "its worker is dead, it was a process of this host: its lease was held by ana@bastion" in done.output
    )
    assert weight_and_marks(one) == (0, False)
    assert [folder.name for folder in known_releases()] == ["checkout-1"]
    assert order_of(one.folder).exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--route", "checkout"],
        ["--route", "nginx:shop/checkout"],
        ["--route", "istio:../x"],
        ["--route", "istio:shop/checkout", "--canary", "subset:v2"],
        ["--route", "istio:shop/checkout", "--stable", "v1"],
        ["--route", "istio:shop/checkout", "checkout-1"],
        ["--stable", "subset:v1"],
    ],
)
def test_words_that_make_no_sense_are_refused(words: list[str]) -> None:
    done = CliRunner().invoke(command, words, standalone_mode=False)
    assert isinstance(done.exception, UsageError), said(done)
