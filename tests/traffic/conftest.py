from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kube_apiserver import HOW_TO_GET, find_assets
from tests.traffic.servers import LabServer, RealServer, Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("lab-kube"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def other_real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Give one of this process' own: another cluster, whose definitions a test may change."""
    assets = find_assets()
    if assets is None:
        pytest.skip(HOW_TO_GET)
    server = RealServer(assets, tmp_path_factory.mktemp("other-real"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


REAL = [pytest.param("real", marks=pytest.mark.real)] if find_assets() else []
"""Left out where it is missing: `test_tls` is skipped then, and says so in one line for all."""


@pytest.fixture(params=["lab", *REAL])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found
