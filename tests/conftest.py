"""What holds for all tests: a coroutine has an event loop of its own, and no test is timed by accident."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable, Generator, Iterator

import hypothesis
import pytest

from tests.kube_apiserver import HOW_TO_GET, find_assets
from tests.side_by_side import SideBySide, turn
from tests.traffic.servers import RealServer

# How long an example takes, or the drawing of one, says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> SideBySide:
    """Share the tests between the workers that `-n` asks for."""
    return SideBySide(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left with it at the end."""
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine; leave all others to pytest."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI every program is there: what would be skipped elsewhere fails."""
    report = yield
    if report.skipped and "PITHEAD_NOTHING_SKIPPED" in os.environ:
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Give the real API server that all tests of one process share: each has namespaces of its own in it."""
    assets = find_assets()
    if assets is None:
        pytest.skip(HOW_TO_GET)
    server = RealServer(assets, tmp_path_factory.mktemp("real-kube"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
