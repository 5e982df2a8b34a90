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


def loaded_after(code: str) -> set[str]:
    """The packages that are loaded once some code has run."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in told.stdout.split()}


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
