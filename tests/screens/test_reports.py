"""What a terminal answers is no key, whole or in parts, early or late."""

from __future__ import annotations

import pytest

from screens.reports import ESCAPE_S, PASTE_ENDS, PASTE_S, WAIT_S, Reports

ANSWERS = {
    "primary attributes": "\x1b[?62;22c",
    "secondary attributes": "\x1b[>41;390;0c",
    "tertiary attributes": "\x1bP!|00000000\x1b\\",
    "cursor": "\x1b[12;40R",
    "cursor, extended": "\x1b[?12;40R",
    "status": "\x1b[0n",
    "keyboard flags": "\x1b[?31u",
    "foreground": "\x1b]10;rgb:bbbb/bbbb/bbbb\x07",
    "background": "\x1b]11;rgb:1a1a/1b1b/1c1c\x1b\\",
    "version": "\x1bP>|tmux 3.4\x1b\\",
    "capability": "\x1bP1+r436f=323536\x1b\\",
    "kitty graphics": "\x1b_Gi=31;OK\x1b\\",
    "size of the text": "\x1b[8;40;120t",
    "clipboard": "\x1b]52;c;UlIgcA==\x07",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_answer_is_a_key_wherever_it_is_cut(answer: str) -> None:
    for cut in range(2, len(answer)):
        reports = Reports()
        assert reports.keys(f"j{answer[:cut]}", at=0.0) == "j"
        assert reports.overdue(at=0.3) == ""
        assert reports.keys(f"{answer[cut:]}R", at=0.4) == "R"


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_answer_is_a_key_where_it_comes_letter_by_letter(answer: str) -> None:
    reports = Reports()
    for place, letter in enumerate(answer):
        assert reports.keys(letter, at=place * 0.05) == ""
    assert reports.keys("R", at=10.0) == "R"


def test_a_beginning_without_an_end_is_dropped_and_the_next_key_is_one() -> None:
    reports = Reports()
    assert reports.keys("\x1b]11;rgb:", at=0.0) == ""
    assert reports.overdue(at=WAIT_S) == ""
    assert reports.keys("R", at=WAIT_S) == "R"


def test_escape_is_a_key_soon() -> None:
    reports = Reports()
    assert reports.keys("\x1b", at=0.0) == ""
    assert reports.overdue(at=ESCAPE_S / 2) == ""
    assert reports.overdue(at=ESCAPE_S) == "\x1b"


@pytest.mark.parametrize(
    "keys", ["R", "\r", "\x1b[A", "\x1b[1;5C", "\x1b[97;;97u", "\x1b[I", "\x1b[O", "\x1b[?2026;2$y", "\x1bOP"]
)
def test_keys_and_what_textual_asks_for_come_through(keys: str) -> None:
    assert Reports().keys(keys, at=0.0) == keys


def test_a_paste_comes_through_whole_whatever_is_in_it() -> None:
    pasted = "\x1b[200~Rest \x1b] p\x1b[201~"
    assert Reports().keys(pasted, at=0.0) == pasted


def test_a_paste_without_its_end_has_ended_soon() -> None:
    reports = Reports()
    assert reports.keys("\x1b[200~Rest", at=0.0) == "\x1b[200~Rest"
    assert reports.overdue(at=PASTE_S / 2) == ""
    assert reports.overdue(at=PASTE_S) == PASTE_ENDS
    assert reports.overdue(at=2 * PASTE_S) == ""
