"""A rollback where the release's own way into its cluster is gone, by one that a person names."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from console.errors import AnotherCluster, ExitCode
from console.host.places import known_releases
from screens.commands import way_back
from screens.commands.rollback import command
from tests.cli.shelf import begun, working
from tests.processes.ground import workers_of
from tests.traffic.conftest import REAL
from tests.traffic.servers import LabServer
from tests.traffic.two_clusters import Life, TwoClusters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.full  # each starts a worker
COUNT = itertools.count(1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the releases of this test apart; whoever watches a rollback there is ended."""
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    yield
    for worker in workers_of(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


@pytest.fixture(params=["lab", *REAL])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> TwoClusters:
    """A release that died at 10%, in the context `a`, which has another name by now."""
    server = request.getfixturevalue(request.param)
    folder = tmp_path / "releases" / "checkout-1"
    folder.mkdir(parents=True)
    clusters = TwoClusters(folder, server, server)
    asyncio.run(clusters.lay_ground(f"another-way-{next(COUNT)}", only="a"))
    asyncio.run(died_at_10(clusters))
    renamed(clusters.kubeconfig, a="moved")
    return clusters


async def died_at_10(one: TwoClusters) -> None:
    life = Life(one.folder, one.order(one.shops["a"].namespace))
    await life.until(lambda: life.release.weight == 10)
    await life.kill()


def renamed(kubeconfig: Path, *, a: str) -> None:
    document: dict[str, Any] = json.loads(kubeconfig.read_text())
    document["contexts"][0]["name"] = document["current-context"] = a
    kubeconfig.write_text(json.dumps(document))


def roll_back(one: TwoClusters, *words: str) -> Result:
    line = [*words, "--kubeconfig", str(one.kubeconfig), "--context", "moved"]
    return CliRunner().invoke(command, line, standalone_mode=False)


def weight_of(one: TwoClusters) -> int:
    return asyncio.run(one.state_of("a"))[0]


def said(done: Result) -> str:
    return done.output + str(done.exception or "")


def test_a_dead_release_goes_by_the_way_that_is_named(one: TwoClusters) -> None:
    done = roll_back(one, "checkout-1")
    assert (done.return_value, weight_of(one)) == (ExitCode.PROMOTED, 0), said(done)
    assert known_releases() == [one.folder]


def test_by_the_route_it_goes_the_way_that_was_just_gone_and_not_the_one_on_record(one: TwoClusters) -> None:
    done = roll_back(one, "--route", f"istio:{one.shops['a'].namespace}/checkout", "--yes")
    assert (done.return_value, weight_of(one)) == (ExitCode.PROMOTED, 0), said(done)
    assert "checkout-1 has its record on this host" in done.output


def test_beside_a_worker_that_does_not_get_there_a_release_of_its_own_does(
    one: TwoClusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way_back, "ITS_WAY_S", 0.0)
    with working(one.folder, begun()) as worker:
        done = roll_back(one, "checkout-1")
    assert (done.return_value, weight_of(one)) == (ExitCode.PROMOTED, 0), said(done)
    assert len(worker.asks) == 1
    assert "the worker of checkout-1 does not get there by its own way: checkout-2" in done.output
    assert len(known_releases()) == 2


def test_a_way_that_leads_to_another_cluster_is_refused_before_a_worker_goes_it(
    one: TwoClusters, tmp_path: Path
) -> None:
    (tmp_path / "another").mkdir()
    another = LabServer(tmp_path / "another")
    another.start()
    try:
        kubeconfig = one.folder / "another"
        kubeconfig.write_text(json.dumps(another.kubeconfig()))
        line = ["checkout-1", "--kubeconfig", str(kubeconfig)]
        done = CliRunner().invoke(command, line, standalone_mode=False)
    finally:
        another.stop()
    assert isinstance(done.exception, AnotherCluster), said(done)
    assert weight_of(one) == 10
