"""`pithead check --live`: what a release would meet is printed, and nothing is written or kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import sample_plans
from console.errors import ClusterError, ExitCode
from console.plan.series import Series, known_beside
from console.preflight import Check
from console.worker import connect
from console.worker.ports import Ports
from screens.commands.check import command
from tests.worker.ports import ToyPods, World

if TYPE_CHECKING:
    from console.host.order import Order

PLAN = Path(sample_plans.__file__).with_name("application.yaml")
FOUND = Check(name="requests of checkout-v1", ok=False, words="no series")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path / "home"))
    world = World()

    def ports(_order: Order) -> Ports:
        return Ports(
            router=world.router,
            source=lambda: world.source,
            stable_pods=ToyPods(),
            canary_pods=ToyPods(),
            cluster="toy",
        )

    monkeypatch.setattr(connect, "connect", ports)
    return world


def printed(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(PLAN), "--live", *words], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def refuse(world: World, monkeypatch: pytest.MonkeyPatch, *proposed: Series) -> None:
    async def preflight() -> tuple[Check, ...]:
        return (FOUND,)

    monkeypatch.setattr(world.source, "preflight", preflight)
    world.source.proposed = proposed


def test_where_all_is_well_the_first_write_is_said_and_not_made(world: World, tmp_path: Path) -> None:
    code, said = printed()
    assert code == ExitCode.PROMOTED
    assert "well: prometheus: answers" in said
    assert "first write: 5% to v2, which has 0% now" in said
    assert said.endswith("nothing was written\n")
    assert world.router.written == []
    assert not (tmp_path / "home").exists()


def test_one_library_s_lines_are_there_to_be_pasted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(world, monkeypatch, known_beside("gin_requests_total"))
    code, said = printed()
    assert code == ExitCode.PREFLIGHT_FAILED
    assert "NO: requests of checkout-v1: no series" in said
    assert (
        "the versions' pods count gin_requests_total; paste this under metrics:\n"
        "  preset: pods\n  series: {requests: gin_requests_total}\n"
    ) in said
    assert "first write" not in said


def test_of_two_libraries_none_is_chosen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(world, monkeypatch, known_beside("gin_requests_total"), Series(requests="http_requests_total"))
    _, said = printed()
    assert "the versions' pods count in 2 ways; choose one, and paste it under metrics:" in said
    assert "# no histogram of it is there: latency would not be judged" in said


def test_a_cluster_out_of_reach_is_a_line_and_no_traceback(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def preflight() -> tuple[Check, ...]:
        raise ClusterError("The cluster does not answer.")

    monkeypatch.setattr(world.router, "preflight", preflight)
    code, said = printed()
    assert code == ExitCode.PREFLIGHT_FAILED
    assert "NO: router: The cluster does not answer." in said


def test_live_and_offline_exclude_each_other() -> None:
    done = CliRunner().invoke(command, [str(PLAN), "--live", "--offline"], standalone_mode=False)
    assert "keep one of them" in getattr(done.exception, "hint", "")
