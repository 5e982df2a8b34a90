"""What `make` says while it installs: what comes, and a line every few seconds at least."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

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


def test_it_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert install.watched(program("print('Successfully installed x')"))[0] == 0
    assert capsys.readouterr().err == "   0 s    42 MB installed  Successfully installed x\n"


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
