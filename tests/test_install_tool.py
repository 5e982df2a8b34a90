"""What `make` says while it installs: what comes, and a line every few seconds at least."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import install

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(install, "installed_mb", lambda: 42)
    monkeypatch.setattr(install, "compile_first_frame", lambda: None)
    return tmp_path


def program(text: str) -> list[str]:
    return [sys.executable, "-u", "-c", text]


def test_it_says_what_comes_how_much_it_is_and_how_long_it_takes() -> None:
    words = install.announcement("lab", "pip", took_here=None)
    assert "and what its laboratory needs" in words
    assert "MB to fetch" in words
    assert "usually half a minute to two minutes" in words


@pytest.mark.parametrize("uv", ["/bin/uv", None])
def test_a_checkout_takes_the_versions_that_are_locked(
    uv: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: uv)
    _, command = install.installer("lab,dev")
    assert command[command.index("--constraint") + 1] == str(install.LOCKED)


def test_all_that_a_checkout_asks_for_is_locked_at_a_version_that_it_takes() -> None:
    project = tomllib.loads((install.HERE / "pyproject.toml").read_text())["project"]
    asked = [
        Requirement(each)
        for each in chain(project["dependencies"], *project["optional-dependencies"].values())
    ]
    lines = [
        Requirement(line) for line in install.LOCKED.read_text().splitlines() if not line.startswith("#")
    ]
    locked = {
        canonicalize_name(line.name): line for line in lines if not line.marker or line.marker.evaluate()
    }
    for each in asked:
        (version,) = locked[canonicalize_name(each.name)].specifier
        assert each.specifier.contains(version.version), each


def test_how_long_it_took_here_is_kept_for_the_next_time() -> None:
    install.remember("pip lab", 63.8)
    assert "64 s here last time" in install.announcement(
        "lab", "pip", took_here=install.remembered()["pip lab"]
    )


def test_a_cache_that_is_damaged_is_none(home: Path) -> None:
    (home / "pithead").mkdir()
    (home / "pithead" / "installed-in-seconds.json").write_text("{")
    assert install.remembered() == {}


def test_a_silent_installer_is_told_about_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "SAYS_EVERY_S", 0.05)
    silent = program("import sys; print('Collecting x'); sys.stdin.readline()")
    with subprocess.Popen(silent, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        lines = install.lines_of(process)
        told = [next(lines)]
        while "Collecting x" not in told:
            told.append(next(lines))
        assert [next(lines), next(lines)] == ["", ""]
        assert process.stdin is not None
        process.stdin.close()
        assert list(lines)[-1:] in ([], [""])


def test_it_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    megabytes = chain([21], repeat(63))  # pip itself is there before
    monkeypatch.setattr(install, "installed_mb", lambda: next(megabytes))
    assert install.watched(program("print('Successfully installed x')"))[0] == 0
    told = capsys.readouterr().err.split(maxsplit=1)
    assert (told[0].isdigit(), told[1]) == (True, "s    42 MB installed  Successfully installed x\n")


def test_while_it_only_fetches_no_figure_stands_still() -> None:
    assert install.progress(7, "Downloading x", 0).strip() == "7 s  nothing installed yet  Downloading x"


TALKS = """
for n in range(40):
    print(f'Collecting package-{n}' + ' and its dependencies' * 9, flush=True)
    __import__('time').sleep(0.003)
"""


def test_where_it_is_no_terminal_few_lines_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "SAYS_EVERY_S", 0.001)
    assert install.watched(program(TALKS))[0] == 0
    assert capsys.readouterr().err.count("\n") == 1


def test_on_a_terminal_one_line_is_written_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "SAYS_EVERY_S", 0.001)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    assert install.watched(program(TALKS))[0] == 0
    first, *shown = capsys.readouterr().err.split(install.NEW_LINE)
    assert (first, shown[-1]) == ("", "")
    assert max(len(line) for line in shown) == 59
    assert shown[-2].endswith("…")
    assert not any("\n" in line for line in shown)


def test_what_an_installer_that_failed_said_last_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert install.watched(program("print('No space left'); raise SystemExit(3)"))[0] == 3
    assert "the installation failed; it said last:\nNo space left" in capsys.readouterr().err


def test_where_uv_made_the_environment_and_has_gone_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(install, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    assert "was made by uv, which is not on PATH any more" in (install.nobody_installs() or "")
    assert install.main("lab") == 2
