"""Every cell of the table tried, by real programs against an API server; `make test` takes a stated sample.

All in one module, so that one process has the cells and a few run beside each other: most of a cell is
waiting.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.kube_apiserver import find_assets
from tests.sample import sampled, takes_all
from tests.table.ground import Ground, can_mount
from tests.table.nursery import Nursery
from tests.table.rule import DISK, Cell, Outcome, cells, outcome
from tests.table.trial import Trial
from tests.traffic.servers import LabServer, RealServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from tests.traffic.servers import Server

AT_ONCE = 4
ALL = [cell for cell in cells() if outcome(cell) is not Outcome.NO_SCREEN]
EVERY = int(os.environ.get("PITHEAD_CELLS_EVERY", "7"))
"""In a full run one in so many: all of them take half an hour, and `make exhaustive` takes them."""
SAMPLE = sampled("cells of the way back", ALL)[:: EVERY if takes_all() else 1]
REAL = SAMPLE if takes_all() else SAMPLE[::5]
"""What is tried on a real API server: in a run of a sample a handful."""
ON_THE_LAB = SAMPLE[:5] if takes_all() and find_assets() else SAMPLE


def tried(cell: Cell, folder: Path, nursery: Nursery, here: LabServer | RealServer, there: LabServer) -> str:
    """Try a cell; gives why it could not be tried, or nothing."""
    with Ground(cell, folder, nursery=nursery, here=here, there=there) as ground:
        if cell.fault in DISK:
            if not can_mount():
                return "mount is not allowed here: run the tests as root where a tmpfs can be mounted"
            ground.mount()
        ground.bring_about()
        Trial(ground).come_out()
    return ""


class Cells:
    """Cells that are tried in the background, a few at once."""

    def __init__(
        self, chosen: list[Cell], root: Path, here: LabServer | RealServer, there: LabServer
    ) -> None:
        self._nursery = Nursery(root)
        self._threads = ThreadPoolExecutor(AT_ONCE)
        self._found: dict[Cell, Future[str]] = {}
        for number, cell in enumerate(chosen):
            folder = root / f"{type(here).__name__.lower()[:3]}-{number}"
            folder.mkdir()
            self._found[cell] = self._threads.submit(tried, cell, folder, self._nursery, here, there)

    def result(self, cell: Cell) -> None:
        """Wait for a cell; fails where it did."""
        if why := self._found[cell].result():
            pytest.skip(why)

    def stop(self) -> None:
        """Try no more of them."""
        self._threads.shutdown(cancel_futures=True)
        self._nursery.__exit__()


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[LabServer]]:
    servers = [LabServer(tmp_path_factory.mktemp(name)) for name in ("here", "there")]
    for server in servers:
        server.start()
    yield servers
    for server in servers:
        server.stop()


def wanted(request: pytest.FixtureRequest, test: str) -> list[Cell]:
    """Give the cells that this run asks of a test: it may be of a few only."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    found = [item.callspec.params["cell"] for item in items if item.originalname == test]
    return [cell for cell in found if isinstance(cell, Cell)]


@pytest.fixture(scope="module")
def on_the_lab(
    request: pytest.FixtureRequest, labs: list[LabServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cells]:
    cells_here = wanted(request, test_a_cell_comes_out_as_the_rule_says.__name__)
    found = Cells(cells_here, tmp_path_factory.mktemp("cells"), *labs)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def on_the_real_one(
    request: pytest.FixtureRequest,
    real: Server,
    labs: list[LabServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cells]:
    assert isinstance(real, RealServer)
    cells_there = wanted(request, test_it_does_so_on_a_real_api_server.__name__)
    found = Cells(cells_there, tmp_path_factory.mktemp("real-cells"), real, labs[1])
    yield found
    found.stop()


@pytest.mark.parametrize("cell", ON_THE_LAB, ids=lambda cell: cell.name)
def test_a_cell_comes_out_as_the_rule_says(cell: Cell, on_the_lab: Cells) -> None:
    on_the_lab.result(cell)


@pytest.mark.real
@pytest.mark.parametrize("cell", REAL, ids=lambda cell: cell.name)
def test_it_does_so_on_a_real_api_server(cell: Cell, on_the_real_one: Cells) -> None:
    on_the_real_one.result(cell)
