"""The wheel has everything that stands under the four folders that ship: modules, and what they read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
FOLDERS = ("console", "screens", "themes", "sample_plans")


def _files(top: Path) -> Iterator[Path]:
    return (path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def test_every_folder_with_modules_is_a_package_that_is_found() -> None:
    find = TOOL["packages"]["find"]
    unfound = {
        module.parent.relative_to(ROOT)
        for top in FOLDERS
        for module in _files(ROOT / top)
        if module.suffix == ".py"
        and not (
            (module.parent / "__init__.py").exists()
            and any(
                fnmatch(".".join(module.parent.relative_to(ROOT).parts), each) for each in find["include"]
            )
        )
    }
    assert not unfound


def test_every_other_file_has_a_pattern_by_which_it_ships() -> None:
    patterns = TOOL["package-data"]["*"]
    left_out = [
        path.relative_to(ROOT)
        for top in FOLDERS
        for path in _files(ROOT / top)
        if path.suffix != ".py" and not any(fnmatch(path.name, pattern) for pattern in patterns)
    ]
    assert not left_out
