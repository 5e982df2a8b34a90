"""What holds for all tests: event loops, a temporary folder of the run's own, one look at the machine.

Nothing is timed by accident, nothing is drawn by luck, and nothing is left behind.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import left_behind, machine
from tests.kube_apiserver import HOW_TO_GET, find_assets
from tests.progress import Progress
from tests.sample import many, takes_all
from tests.shared_server import shared_server
from tests.side_by_side import SideBySide, is_quick, not_slow, turn
from tests.traffic.servers import RealServer

# How long an example takes, or the drawing of one, says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile(
    "alike",
    deadline=None,
    derandomize=True,
    max_examples=many("examples of a property", 100),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# `--hypothesis-profile=fresh --hypothesis-seed=N`: examples that no run has had before.
hypothesis.settings.register_profile(
    "fresh", parent=hypothesis.settings.get_profile("alike"), derandomize=False
)
hypothesis.settings.load_profile("alike")

RUN = pytest.StashKey[Path]()
LEFT = pytest.StashKey[list[str]]()
GREEN = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the tier for a person who edits."""
    parser.addoption(
        "--quick", action="store_true", help="no laboratory, no real server, nothing that takes long"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin a run: its folder, its look at the machine. Xdist's workers are given both."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # under nohup, which no test's terminal is
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if hasattr(config, "workerinput"):
        return
    config.stash[RUN] = left_behind.begin()
    config.option.basetemp = config.option.basetemp or str(config.stash[RUN] / left_behind.KEPT)
    machine.measure()


def pytest_report_header() -> str:
    """Say what kind of run it is."""
    part = "all" if takes_all() else "a sample"
    return f"slowness {machine.slowness()}, {part} of each generated set (tests/sample.py)"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the process that prints say that the run lives."""
    terminal = session.config.pluginmanager.getplugin("terminalreporter")
    if RUN in session.config.stash and terminal is not None:
        session.config.pluginmanager.register(Progress(terminal))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look for what was left behind, which fails the run."""
    if RUN in session.config.stash:
        session.config.stash[LEFT] = left_behind.left(session.config.stash[RUN])
        if session.config.stash[LEFT] and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what was left behind."""
    for line in config.stash.get(LEFT, []):
        terminalreporter.write_line(f"LEFT BEHIND: {line}", red=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the run's folder away, but for what failed tests wrote into theirs."""
    session = config.pluginmanager.getplugin("session")
    if RUN in config.stash and (session is None or session.exitstatus in GREEN):
        left_behind.take_away(config.stash[RUN])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> SideBySide:
    """Share the tests between the workers that `-n` asks for."""
    return SideBySide(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import nothing for a person who edits that has no test for them."""
    if not config.option.quick or not collection_path.is_relative_to(config.rootpath):
        return None
    path = collection_path.relative_to(config.rootpath).as_posix()
    return None if not_slow(f"{path}/" if collection_path.is_dir() else path) else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left with it at the end; the rest is in order."""
    if config.option.quick:
        _take(is_quick, config, items)
    if not takes_all():
        _take(lambda item: item.get_closest_marker("full") is None, config, items)
    items.sort(key=lambda item: turn(item.nodeid))


def _take(wanted: Callable[[pytest.Item], bool], config: pytest.Config, items: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = filter(wanted, items)


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
    known = hasattr(report, "wasxfail")  # a defect that is named did run
    if report.skipped and not known and "PITHEAD_NOTHING_SKIPPED" in os.environ:
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Give the real API server that all tests of a run share: each has namespaces of its own in it."""
    assets = find_assets()
    if assets is None:
        pytest.skip(HOW_TO_GET)
    mine = tmp_path_factory.getbasetemp()
    run = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    with shared_server(assets, run / "real-kube") as server:
        yield server
