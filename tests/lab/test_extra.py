from __future__ import annotations

import sys
from pathlib import Path

import pytest

from console.lab.extra import Folder, Repository, Source, command, how_to_install

WHEEL = Source(url="file:///opt/my%20wheels/pithead-0.1.0-py3-none-any.whl")
CHECKOUT = Source(url="file:///home/ana/pithead", dir_info=Folder(editable=True))
LINK = Source(url="https://files.example/pithead-0.1.0-py3-none-any.whl")
COMMIT = Source(url="https://git.example/pithead", vcs_info=Repository(vcs="git", commit_id="0a1b2c"))


def in_environment(marked: str, folder: Path) -> Path:
    (folder / marked).touch()
    return folder


@pytest.mark.parametrize(
    ("marked", "installer"), [("uv-receipt.toml", "uv tool"), ("pipx_metadata.json", "pipx")]
)
def test_a_tool_s_own_environment_takes_the_same_wheel_with_the_extra(
    marked: str, installer: str, tmp_path: Path
) -> None:
    said = command(WHEEL, prefix=in_environment(marked, tmp_path), has_pip=False)
    assert said == f"{installer} install --force '/opt/my wheels/pithead-0.1.0-py3-none-any.whl[lab]'"


def test_an_environment_of_one_s_own_is_named_by_its_python(tmp_path: Path) -> None:
    wheel = "'/opt/my wheels/pithead-0.1.0-py3-none-any.whl[lab]'"
    python = f"{tmp_path}/bin/python"
    assert command(WHEEL, prefix=tmp_path, has_pip=True) == f"{python} -m pip install {wheel}"
    assert command(WHEEL, prefix=tmp_path, has_pip=False) == f"uv pip install --python {python} {wheel}"


def test_a_checkout_has_its_make(tmp_path: Path) -> None:
    said = command(CHECKOUT, prefix=Path("/home/ana/pithead/.venv"), has_pip=False)
    assert said == "make -C /home/ana/pithead .venv/lab"
    said = command(CHECKOUT, prefix=tmp_path, has_pip=True)
    assert said == f"{tmp_path}/bin/python -m pip install -e '/home/ana/pithead[lab]'"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (LINK, "'pithead[lab] @ https://files.example/pithead-0.1.0-py3-none-any.whl'"),
        (COMMIT, "'pithead[lab] @ git+https://git.example/pithead@0a1b2c'"),
    ],
)
def test_what_came_by_an_address_is_named_by_it(source: Source, what: str, tmp_path: Path) -> None:
    assert command(source, prefix=tmp_path, has_pip=True).endswith(f" -m pip install {what}")


def test_an_index_is_never_asked_for_a_name(tmp_path: Path) -> None:
    said = command(Source(), prefix=in_environment("uv-receipt.toml", tmp_path), has_pip=False)
    assert said.startswith("uv tool install --force './pithead-")
    assert said.endswith("-py3-none-any.whl[lab]'")


def test_it_speaks_of_the_environment_that_runs() -> None:
    said = how_to_install()
    assert said.startswith("make -C ") or sys.prefix in said
