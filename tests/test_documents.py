from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.errors import ExitCode
from screens.keys import KEYS

ROOT = Path(__file__).parent.parent
DOCUMENTS = (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_KEY = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def named_tests() -> Iterator[tuple[str, str, str]]:
    for document in DOCUMENTS:
        for file, test in _TEST.findall(document.read_text()):
            yield document.name, file, test


@pytest.mark.parametrize(("document", "file", "test"), tuple(named_tests()))
def test_a_test_that_a_document_names_exists(document: str, file: str, test: str) -> None:
    assert (ROOT / file).is_file(), document
    assert not test or f"def {test}(" in (ROOT / file).read_text(), document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_between_documents_leads_somewhere(document: Path) -> None:
    missing = [link for link in _LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert missing == []


def test_the_readme_tells_each_key_that_the_bar_shows() -> None:
    assert {key.shown for key in KEYS if key.hint} <= set(_KEY.findall((ROOT / "README.md").read_text()))


def test_the_readmes_table_has_every_exit_code() -> None:
    codes = re.findall(r"^\| (\d+) \| ", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    assert codes == [str(code.value) for code in ExitCode]
