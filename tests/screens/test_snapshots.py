"""The main screens are as they were when somebody last looked at them."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style

from tests.screens.picture import LETTERS, differences, picture
from tests.screens.pictured import ENVIRONMENT, names
from tests.screens.snapshots import all_kept, kept
from themes.dark import DARK
from themes.ink import Ink

ANEW = "where it is meant, look at the change and take it: python -m tests.screens.snapshots WHY"


@pytest.mark.parametrize("name", names())
async def test_a_main_screen_is_as_its_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    draw, size = names()[name]
    now = await draw(size)
    if now != kept(name):
        pytest.fail("\n".join((f"{name}; {ANEW}", *differences(kept(name), now))), pytrace=False)


def test_no_picture_is_left_that_nobody_draws() -> None:
    assert all_kept() == set(names())


def drawn(*rows: tuple[str, Ink]) -> str:
    return picture([Segment(text, Style.parse(DARK.style(ink)))] for text, ink in rows)


def test_a_difference_shows_the_rows_before_and_after_and_a_row_that_came_between_moves_no_other() -> None:
    before = drawn(("one", Ink.TEXT), ("two", Ink.TEXT), ("three", Ink.TEXT))
    after = drawn(("one", Ink.TEXT), ("new", Ink.TEXT), ("2", Ink.TEXT), ("three", Ink.TEXT))
    assert list(differences(before, before)) == []
    assert list(differences(before, after)) == ["@@ row 2", "- two", "+ new", "+ 2"]


def test_where_only_the_ink_differs_the_row_is_shown_once_with_both_inks() -> None:
    before, after = drawn(("v2 fails", Ink.TEXT)), drawn(("v2 fails", Ink.BAD))
    assert list(differences(before, after)) == ["@@ row 1", "  v2 fails", "- tt ttttt", "+ bb bbbbb"]


def test_a_colour_that_is_no_inks_is_no_picture() -> None:
    with pytest.raises(KeyError):
        picture([[Segment("x", Style.parse("#123456 on #654321"))]])


def test_inks_that_look_different_have_letters_of_their_own() -> None:
    looks = {LETTERS[ink]: DARK.style(ink) for ink in Ink}
    assert len(looks) == len(LETTERS) == len(Ink)
