"""Nothing is imported from the folder that a command is typed in: it may be anyone's checkout."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import console
import screens
from console.errors import ExitCode
from console.host.places import log_of
from console.notify.delivery import Delivery, DeliveryMethod
from console.notify.sender import carry
from tests.processes.ground import release_in
from tests.processes.terminal import PITHEAD, Terminal
from tests.processes.test_headless import KUBECONFIG_NOWHERE, PLAN_NOWHERE
from tests.sample import in_full_only

NAMES = (
    "aiohttp",
    "apprise",
    "click",
    "console",
    "envoy",
    "http",
    "json",
    "kubernetes",
    "msgspec",
    "plotext",
    "prometheus_api_client",
    "requests",
    "rich",
    "screens",
    "secrets",
    "textual",
    "themes",
    "urllib3",
    "yaml",
    "zstandard",
)
"""Modules of ours, of others and of Python that are looked for by these names."""
TRAP = """\
import os
with open({mark!r}, "a") as mark:
    mark.write({name!r} + " in " + str(os.getpid()) + "\\n")
raise ImportError({name!r} + " was imported from the working folder")
"""
OTHERS = [("check", "plan.yaml", "--offline"), *in_full_only([("runs",), ("demo", "--list"), ("schema",)])]
WITHIN_S = 60.0


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "imported"


@pytest.fixture
def trap(tmp_path: Path, mark: Path) -> Path:
    """A folder that holds code under names that pithead imports, as files and as packages, and a plan."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for place, name in enumerate(NAMES):
        code = TRAP.format(mark=str(mark), name=name)
        if place % 2:
            (folder / f"{name}.py").write_text(code)
        else:
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text(code)
            (folder / name / "__main__.py").write_text(code)
    (folder / "plan.yaml").write_text(PLAN_NOWHERE)
    (folder / "config").write_text(KUBECONFIG_NOWHERE)
    return folder


def typed(
    folder: Path, *words: str, env: dict[str, str] | None = None, python: bool = False
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "screens"] if python else [PITHEAD]
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
        env={**os.environ, "PITHEAD_HOME": str(folder.parent / "home"), **(env or {})},
    )


@pytest.mark.parametrize(
    "python",
    [
        pytest.param(False, id="pithead"),
        pytest.param(True, id="python -P -m screens", marks=pytest.mark.full),
    ],
)
def test_no_command_imports_from_it(trap: Path, mark: Path, *, python: bool) -> None:
    preflight = typed(trap, "run", "plan.yaml", "--headless", "--kubeconfig", "config", python=python)
    assert preflight.returncode == ExitCode.PREFLIGHT_FAILED, preflight.stdout + preflight.stderr
    for words in OTHERS:
        assert typed(trap, *words, python=python).returncode == 0
    assert not mark.exists(), mark.read_text()


def test_no_background_worker_does(trap: Path, mark: Path) -> None:
    env = {"PITHEAD_HOME": str(trap.parent / "home")}
    command = f'cd "$1" && exec {PITHEAD} run plan.yaml --kubeconfig config'
    with Terminal(["/bin/sh", "-c", command, "sh", str(trap)], env=env) as terminal:
        terminal.read_until(b"can't be reached", within_s=WITHIN_S)
    folder = release_in(trap.parent / "home").folder
    assert log_of(folder).read_text() == ""
    assert not mark.exists(), mark.read_text()


def test_no_message_does(trap: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trap)
    monkeypatch.setenv("NOTICE", "json://127.0.0.1:9")
    where = "env:NOTICE"
    delivery = Delivery(
        method=DeliveryMethod.APPRISE, secret=where, occasion="hold", title="t", text="x", at=0.0
    )
    trouble = asyncio.run(carry(delivery)).trouble
    assert "its process ended" not in trouble
    assert not mark.exists(), mark.read_text()


def test_an_empty_entry_of_pythonpath_is_no_way_in_for_what_a_command_loads(trap: Path, mark: Path) -> None:
    for name in ("screens", "console"):  # what stands before our own code can't be kept out by it
        for found in (trap / f"{name}.py", trap / name / "__init__.py", trap / name / "__main__.py"):
            found.unlink(missing_ok=True)
    done = typed(
        trap,
        *("run", "plan.yaml", "--headless", "--kubeconfig", "config"),
        env={"PYTHONPATH": f"{os.pathsep}/nowhere"},
    )
    assert done.returncode == ExitCode.PREFLIGHT_FAILED, done.stdout + done.stderr
    assert not mark.exists(), mark.read_text()


def test_every_python_that_we_start_is_started_in_one_way() -> None:
    """A Python that is started elsewhere would need this test's care again."""
    folders = [Path(package.__file__ or "").parent for package in (console, screens)]
    found = {
        str(path.relative_to(folder.parent))
        for folder in folders
        for path in folder.rglob("*.py")
        if re.search(r"sys\.executable", path.read_text(encoding="utf-8"))
    }
    assert found <= {"console/interpreter.py", "console/lab/leash.py", "console/lab/extra.py"}
