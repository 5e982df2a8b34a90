"""What works where nothing is installed but what a plain install brings: no laboratory, no test tools."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution, packages_distributions
from importlib.resources import files
from pathlib import Path
from pkgutil import walk_packages

import pytest

import console
import screens
import themes
from console.errors import ExitCode
from console.host.launch import worker_command

OURS = "pithead"
NAME = re.compile(r"[A-Za-z0-9._-]+")
EXTRA = re.compile(r"extra\s*==")
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PLAN = str(files("sample_plans").joinpath("judged.yaml"))
NEEDS_A_LABORATORY = "console.lab"

BLOCKED = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def of_pithead(*, extra: str = "") -> set[str]:
    """Read what pithead needs, from the source: an editable install may know an older list."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    return names_in(project["optional-dependencies"][extra] if extra else project["dependencies"])


def of(name: str) -> set[str]:
    return names_in(line for line in distribution(name).requires or [] if not EXTRA.search(line))


def names_in(lines: Iterable[str]) -> set[str]:
    return {canonical(found[0]) for line in lines if (found := NAME.match(line))}


def installed() -> set[str]:
    return {canonical(name) for names in packages_distributions().values() for name in names}


def plain() -> set[str]:
    """Follow pithead's needs to their end."""
    here, found, left = installed(), {OURS}, of_pithead()
    while left & here:
        name = (left & here).pop()
        found.add(name)
        left = (left | of(name)) - found
    return found


def absent() -> list[str]:
    """Name the modules that a plain install does not bring, and those that it should not need."""
    kept = plain() - of_pithead(extra="lab")
    modules = packages_distributions().items()
    return sorted(module for module, names in modules if not kept & {canonical(name) for name in names})


def plainly(program: str, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    script = BLOCKED.format(names=absent()) + program
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *args],
        cwd=cwd,
        env={"PITHEAD_HOME": str(cwd), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def typed(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return plainly("from screens.entry import main; sys.exit(main())", *args, cwd=cwd)


def test_what_is_absent_is_the_laboratory_s_and_the_tests_() -> None:
    assert {"envoy", "promql_parser", "aiohttp", "pytest", "numpy", "hypothesis"} <= set(absent())
    assert not {"textual", "kubernetes", "prometheus_api_client", "yaml", "plotext", "msgspec"} & set(
        absent()
    )


@pytest.mark.parametrize(
    ("args", "shows"),
    [
        (("--help",), "Drive a canary release"),
        pytest.param(("check", "--offline", PLAN), "what the rules are worth", marks=pytest.mark.full),
        (("replay", "--sample", "errors", "--print"), "rolled back"),
        (("report", "sample:errors", "--md"), "# "),
        (("export", "sample:errors", "--csv"), ","),
    ],
)
def test_a_plain_install_does_what_needs_no_cluster(
    args: tuple[str, ...], shows: str, tmp_path: Path
) -> None:
    done = typed(*args, cwd=tmp_path)
    assert [line for line in done.stderr.splitlines() if not line.startswith("drawing ")] == []
    assert shows in done.stdout
    assert done.returncode == ExitCode.PROMOTED


def test_every_module_outside_the_laboratory_can_be_imported(tmp_path: Path) -> None:
    names = [
        module.name
        for room in (console, screens, themes)
        for module in walk_packages(room.__path__, prefix=f"{room.__name__}.")
        if not module.name.startswith(NEEDS_A_LABORATORY) and not module.name.endswith("__main__")
    ]
    imports = "import importlib\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = plainly(imports, *names, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_worker_takes_no_module_from_the_folder_where_it_is_started(tmp_path: Path) -> None:
    for name in ("console", "yaml", "msgspec"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger')")
    done = subprocess.run(
        worker_command(tmp_path / "no-release"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "a stranger" not in done.stderr


def test_no_program_of_ours_is_started_by_its_module_without_care() -> None:
    sources = [path for room in (console, screens) for path in Path(room.__path__[0]).rglob("*.py")]
    careless = re.compile(r'executable, "-m"')
    assert [str(path) for path in sources if careless.search(path.read_text())] == []
