"""A test that is a coroutine runs in an event loop of its own."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Generator

import pytest


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
