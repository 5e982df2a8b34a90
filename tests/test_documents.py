from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


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
