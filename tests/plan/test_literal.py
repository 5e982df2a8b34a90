from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from console.plan.literal import literal, literal_json

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(ANY_TEXT)
def test_json_made_harmless_is_the_same_document(text: str) -> None:
    harmless = literal_json(msgspec.json.encode({"text": text}))
    assert json.loads(harmless) == {"text": text}
    assert harmless.isprintable()


def test_the_lines_of_json_stay_lines() -> None:
    assert literal_json(b'{\n  "a": "\xc2\x9b"\n}') == '{\n  "a": "\\u009b"\n}'


@given(st.text())
def test_what_is_literal_stays_as_it_is(text: str) -> None:
    once = literal(text, longest=10_000)
    assert once.isprintable()
    assert literal(once, longest=10_000) == once
