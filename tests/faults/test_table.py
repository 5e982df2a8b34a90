"""The table of faults in the docs: it has a row for each, its proofs exist, and it quotes what tests read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from msgspec import Struct

from tests.faults.prometheus_faults import BLINDING, HARMLESS, Fault
from tests.faults.test_api_server import TROUBLES
from tests.processes.test_harmed import HARMS

TESTS = Path(__file__).parents[1]
TABLE = TESTS.parent / "docs" / "faults.md"
CASES = {
    "faults/test_api_server.py": {*TROUBLES},
    "faults/test_prometheus.py": {fault.name for fault in (*BLINDING, *HARMLESS)},
    "processes/test_harmed.py": {*HARMS},
}
PROMISED = (
    "401",
    "403",
    "409",
    "410",
    "422",
    "429 with Retry-After",
    "500",
    "reset",
    "hang",
    "applied, but the answer is lost",
    "slow TLS",
    "a watch that ends silently",
    "down",
    "hanging",
    "HTML instead of JSON",
    "partial data with warnings",
    "NaN",
    "Inf",
    "empty",
    "counter resets",
    "a version's series gone",
    "duplicated series",
    "clock skew of minutes",
    "samples that stop moving",
    "kill -9",
    "disk full",
    "journal folder gone",
    "journal read-only",
    "the clock steps back and forth",
    "the machine is suspended for ten minutes",
    "out of file descriptors",
    "the socket is deleted",
)
PROOF = re.compile(r"`([\w/]+\.py)(?:::(\w+))?(?:\[([^\]]+)\])?`")


class Row(Struct, frozen=True, kw_only=True):
    """One fault."""

    fault: str
    reads: str
    does: str
    proofs: tuple[tuple[str, str, str], ...]
    """File, test and case of each; the last two are empty where they are not named."""


def rows() -> list[Row]:
    return [*_rows(TABLE.read_text(encoding="utf-8"))]


def _rows(text: str) -> Iterator[Row]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "Fault":
            fault, reads, does, proof = cells
            yield Row(fault=fault, reads=reads, does=does, proofs=tuple(PROOF.findall(proof)))


def row_of(file: str, case: str) -> Row:
    (row,) = [row for row in rows() if (file, "", case) in row.proofs]
    return row


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("fault", PROMISED)
def test_each_fault_that_was_promised_has_a_row(fault: str) -> None:
    assert any(re.match(rf"{re.escape(fault)}\b", row.fault) for row in rows())


def test_each_row_says_what_is_read_what_is_done_and_what_proves_it() -> None:
    assert [row.fault for row in rows() if not (row.reads and row.does and row.proofs)] == []


def test_each_proof_exists() -> None:
    named = [proof for row in rows() for proof in row.proofs]
    assert [(file, test) for file, test, _case in named if test and test not in functions_of(file)] == []
    assert [(file, case) for file, _test, case in named if case and case not in CASES[file]] == []
    assert [file for file, test, case in named if not test and not case] == []


def test_each_case_is_told_in_a_row_of_its_own() -> None:
    for file, cases in CASES.items():
        for case in cases:
            assert row_of(file, case).fault


@pytest.mark.parametrize("fault", BLINDING, ids=lambda fault: fault.name)
def test_the_words_about_prometheus_are_those_that_the_line_has(fault: Fault) -> None:
    reads = row_of("faults/test_prometheus.py", fault.name).reads.replace("…", "Targets")
    assert re.search(fault.says, reads)


@pytest.mark.parametrize("case", TROUBLES)
def test_the_words_about_the_api_server_are_those_that_the_line_has(case: str) -> None:
    reads = row_of("faults/test_api_server.py", case).reads
    words = [word for word in TROUBLES[case].words if not word.startswith("https://")]
    assert [word for word in words if word not in reads] == []
