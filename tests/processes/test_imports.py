"""What is loaded when: each look in a fresh Python."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = (
    "kubernetes",
    "prometheus_api_client",
    "requests",
    "urllib3",
    "plotext",
    "pydantic",
    "aiohttp",
    "yaml",
)
"""What only a worker needs, or a key that was pressed."""
SCREENS = ("textual", "rich", "plotext", "click", "screens")

CONNECTION = "console.metrics.connection"
"""Is imported with the first call, and the client with it."""
IMPORT_ENGINE = f"""
import console, importlib, pkgutil
for module in pkgutil.walk_packages(console.__path__, "console."):
    left_out = module.name.startswith("console.lab") or module.name == {CONNECTION!r}
    if not left_out and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def modules_after(code: str) -> set[str]:
    """The modules that are loaded once some code has run."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def loaded_after(code: str) -> set[str]:
    """The packages that are loaded once some code has run."""
    return {name.partition(".")[0] for name in modules_after(code)}


@pytest.fixture(scope="module")
def first_frame() -> set[str]:
    """What `pithead attach` has loaded when it shows its first frame."""
    return loaded_after("import screens.cli, screens.commands.attach, screens.watch")


@pytest.fixture(scope="module")
def engine() -> set[str]:
    """What all of the engine loads."""
    return loaded_after(IMPORT_ENGINE)


@pytest.mark.parametrize("slow", SLOW)
def test_the_first_frame_waits_for_no(slow: str, first_frame: set[str]) -> None:
    assert "textual" in first_frame
    assert slow not in first_frame


@pytest.mark.parametrize("screens", SCREENS)
def test_the_engine_loads_no(screens: str, engine: set[str]) -> None:
    assert "console" in engine
    assert screens not in engine


@pytest.mark.parametrize("client", ["kubernetes", "prometheus_api_client", "requests"])
def test_a_client_is_loaded_by_a_connection_only(client: str, engine: set[str]) -> None:
    assert client not in engine


FOLDS = {"console.release.events", "console.release.fold", "console.policy.decide", "console.journal"}
"""What reads and tells a release: a hundred modules."""


def test_a_rollback_starts_its_worker_before_anything_heavy_is_imported() -> None:
    loaded = modules_after("import screens.entry, screens.commands.rollback")
    assert "console.host.early" in loaded
    assert not loaded & (FOLDS | {"asyncio", "yaml", "console.plan.model", "console.host.control"})


def test_a_living_worker_is_asked_to_roll_back_without_what_folds_and_decides() -> None:
    loaded = modules_after("import screens.entry, screens.commands.way_back")
    assert "console.host.control" in loaded
    assert not loaded & (FOLDS | {"console.host.order", "console.plan.model"})


def test_a_way_back_s_first_write_imports_nothing_that_looks_at_metrics() -> None:
    loaded = modules_after(FIRST_WRITE)
    assert "console.traffic.routers.istio.virtual_service" in loaded
    assert not loaded & {"console.metrics.evidence_source", "console.metrics.prometheus", "requests"}


FIRST_WRITE = """
from pathlib import Path
import console.worker.process
from console.host.order import Order, Reach
from console.worker.connect import connect
from tests.releases import ANA, plan, stage
reach = Reach(kubeconfig="/none")
connect(Order(release="checkout-1", plan=plan(stage(10)), reach=reach, person=ANA, attended=True))
"""
"""All that a worker imports before it writes."""
