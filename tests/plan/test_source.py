"""Files that are no plan are refused in one sentence, and quickly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.errors import ExitCode, PlanError
from console.plan.load import load_plan, parse_plan
from console.plan.source import LARGEST_BYTES
from tests.plan.good import GOOD

ALMOST = LARGEST_BYTES - 10


def _refusal(content: bytes | str) -> str:
    with pytest.raises(PlanError) as refused:
        parse_plan(content, origin="plan.yaml")
    return str(refused.value)


def test_a_good_file_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(GOOD)
    assert load_plan(file) == parse_plan(GOOD, origin="plan.yaml")


def test_a_problem_names_the_file_as_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("pithead: 1")
    with pytest.raises(PlanError, match=rf"^{re.escape(str(file))}:1:1: the plan has no "):
        load_plan(file)


def test_a_missing_file_is_one_sentence_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"none\.yaml is not there") as refused:
        load_plan(tmp_path / "none.yaml")
    assert refused.value.hint
    assert refused.value.problems == ()
    assert refused.value.exit_code == ExitCode.USAGE


def test_a_directory_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="is a directory"):
        load_plan(tmp_path)


def test_a_file_that_may_not_be_read_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", deny)
    with pytest.raises(PlanError, match="may not be read by you"):
        load_plan(tmp_path / "plan.yaml")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_a_path_that_can_not_be_is_refused(path: str) -> None:
    with pytest.raises(PlanError):
        load_plan(Path(path))


def test_a_path_is_shown_without_its_escapes(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as refused:
        load_plan(tmp_path / "\x1b[2Jplan.yaml")
    assert "\\x1b[2Jplan.yaml" in str(refused.value)


def test_a_file_over_a_mebibyte_is_refused_and_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(50 * 1024**3)
    with pytest.raises(PlanError, match="larger than 1 MiB"):
        load_plan(file)


def test_a_text_over_a_mebibyte_is_refused() -> None:
    assert "larger than 1 MiB" in _refusal("#" * (LARGEST_BYTES + 1))


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "   ", "\ufeff"])
def test_an_empty_file_is_said_to_be_empty(content: str) -> None:
    assert _refusal(content) == "plan.yaml:1:1: the file is empty; copy one of sample_plans to begin with"


@pytest.mark.parametrize("content", ["---\n", "~\n", "null"])
def test_a_file_that_holds_nothing_is_no_plan(content: str) -> None:
    assert "the plan is empty" in _refusal(content)


@pytest.mark.parametrize("content", ["just text", "- a\n- b\n", "[]", "5"])
def test_a_file_that_is_no_mapping_is_no_plan(content: str) -> None:
    assert "not keys and values" in _refusal(content)


def test_what_is_not_utf8_is_refused_where_it_begins() -> None:
    assert _refusal("service: café\n# ä".encode("latin-1")).startswith(
        "plan.yaml:1:13: the file is not UTF-8"
    )
    assert "not UTF-8" in _refusal(GOOD.encode("utf-16"))


def test_a_lone_surrogate_is_refused() -> None:
    assert "not UTF-8" in _refusal("service: \ud800")


def test_a_binary_file_is_refused() -> None:
    assert "can't be seen" in _refusal(b"pithead: 1\n\x7fELF\0\0\0")


BILLION_LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{key}: &{key} [*{before}, *{before}]\n" for before, key in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_a_bomb_of_aliases_is_never_unfolded() -> None:
    said = _refusal(BILLION_LAUGHS).splitlines()
    assert sum("the alias" in line for line in said) == 16


@pytest.mark.parametrize("piece", ["[", "{", "- ", "? ", "{a: "])
def test_depth_without_end_is_refused(piece: str) -> None:
    assert "deeper than 12 levels" in _refusal(piece * (ALMOST // len(piece)))


@pytest.mark.parametrize("piece", ["a: 1\n", "- a\n"])
def test_length_without_end_is_refused(piece: str) -> None:
    assert "more than 5000 values" in _refusal(piece * (ALMOST // len(piece)))


@pytest.mark.parametrize("content", ['"' + "a" * ALMOST, "a: |\n" + " x\n" * 9999, "%YAML 1." + "9" * 9999])
def test_strange_yaml_is_refused_with_a_place(content: str) -> None:
    assert _refusal(content).startswith("plan.yaml:1:")


def test_what_is_echoed_of_a_file_is_short_and_harmless() -> None:
    said = _refusal(f'pithead: 1\n{"k" * 5000}: "\\u202e{"v" * 5000}"\n')
    assert max(map(len, said.splitlines())) < 400
    assert all(line.isprintable() for line in said.splitlines())
