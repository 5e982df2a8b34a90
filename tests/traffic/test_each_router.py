"""A release of each kind of router, driven by a real worker and taken back on a host without its record."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from console.errors import ExitCode, NotFound
from console.host.order import write_order
from console.host.places import journal_of, known_releases
from console.journal import read_journal
from console.plan.routers import NAMES, written
from console.release import events as ev
from console.traffic.registry import object_of
from screens.commands.rollback import command
from tests.processes.ground import workers_of
from tests.traffic.conftest import REAL
from tests.traffic.kinds import Stand, sample_of
from tests.traffic.two_clusters import Life, TwoClusters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another host's home, where no release is known."""
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path / "other"))
    yield
    for worker in workers_of(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


MAKE = [name for name in NAMES if object_of(name).made_from(sample_of(name).SETTINGS)]
"""Those whose object the first weight makes where it is not there."""
CASES = [(name, True) for name in NAMES] + [(name, False) for name in MAKE]


@pytest.mark.parametrize(("kind", "there"), CASES)
@pytest.mark.parametrize("host", ["lab", *REAL])
def test_a_release_is_driven_and_taken_back_by_what_its_router_says(
    host: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path, *, there: bool
) -> None:
    server = request.getfixturevalue(host)
    folder = tmp_path / "lost" / "releases" / "checkout-1"
    folder.mkdir(parents=True)
    one = TwoClusters(folder, server, server)
    asyncio.run(one.lay_ground(namespace := f"each-{kind.replace('_', '-')}-{int(there)}", only="a"))
    stand = Stand(one.shops["a"], kind)

    def weights() -> tuple[int, ...]:
        return tuple(target["weight"] for target in stand.sample.targets(asyncio.run(stand.get())))

    async def dies_at_10() -> None:
        if kind != "istio":  # what that one needs is there already
            await stand.sample.lay_behind(stand.shop)
            if there:
                await stand.put(stand.sample.plain(100, 0))
        order = one.order(namespace)
        order = replace(order, plan=replace(order.plan, router=written(stand.sample.SETTINGS)))
        write_order(folder / "order.json", order)
        life = Life(folder, order)
        await life.until(lambda: life.release.weight == 10)
        await life.kill()

    asyncio.run(dies_at_10())
    assert weights() == (90, 10)
    line = ["--route", f"{kind}:{namespace}/checkout", "--kubeconfig", str(one.kubeconfig), "--yes"]
    done = CliRunner().invoke(command, line, standalone_mode=False)
    assert done.return_value == ExitCode.PROMOTED, (done.output, done.exception)
    assert "by its marks; release checkout-1" in done.output
    (record,) = known_releases()
    assert any(isinstance(each.event, ev.RolledBack) for each in read_journal(journal_of(record)))
    if not there:
        with pytest.raises(NotFound):
            asyncio.run(stand.get())
        return
    assert weights() == (100, 0)
    left = asyncio.run(stand.get())["metadata"].get("annotations") or {}
    assert not [name for name in left if name.startswith("pithead/")]
