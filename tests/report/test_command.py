from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from console.errors import UsageError
from screens.commands.report import command
from tests.report.stories import rolled_back, written


def run(*arguments: str) -> str:
    answer = CliRunner().invoke(command, arguments, standalone_mode=False)
    if answer.exception is not None:
        raise answer.exception
    return answer.output


def test_a_report_has_three_forms(tmp_path: Path) -> None:
    path = str(written(rolled_back(), tmp_path))
    assert run(path).startswith("<!doctype html>")
    assert run(path, "--md").startswith("# checkout: v1 to v2")
    assert msgspec.json.decode(run(path, "--json"))["outcome"] == "ROLLED BACK"


def test_on_a_terminal_it_is_for_the_eye(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(written(rolled_back(), tmp_path))
    monkeypatch.setattr("screens.commands.report.goes_to_a_terminal", lambda output: output is None)
    assert run(path).startswith("# checkout: v1 to v2")
    run(path, "-o", str(tmp_path / "report.html"))
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_a_report_says_whether_its_journal_is_whole(tmp_path: Path) -> None:
    path = written(rolled_back(), tmp_path)
    assert "whole: " in run(str(path), "--md")
    path.write_bytes(path.read_bytes().replace(b'"weight":50', b'"weight":51', 1))
    assert "NOT WHOLE" in run(str(path), "--md")


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = str(written(rolled_back(), tmp_path))
    assert run(path, "-o", str(tmp_path / "report.html")) == ""
    assert (tmp_path / "report.html").read_text().endswith("</html>\n")
    with pytest.raises(UsageError, match="can't be written"):
        run(path, "-o", str(tmp_path / "nowhere" / "report.html"))


@pytest.mark.parametrize("slo", ["99", "100%", "x"])
def test_an_objective_that_cannot_be_is_a_sentence(slo: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--slo") as caught:
        run(str(written(rolled_back(), tmp_path)), "--slo", slo)
    assert caught.value.hint
