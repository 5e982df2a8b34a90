"""A screen as text that can be kept: its letters as they stand, and under them the ink of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style

from themes.dark import DARK
from themes.ink import Ink

LETTERS: dict[Ink, str] = {
    Ink.TEXT: "t",
    Ink.STRONG: "T",
    Ink.DIM: "-",
    Ink.RULE: "_",
    Ink.STABLE: "s",
    Ink.CANARY: "c",
    Ink.GOOD: "g",
    Ink.WAIT: "w",
    Ink.BAD: "b",
    Ink.LIMIT: "l",
    Ink.KEY: "k",
    Ink.BUTTON: "u",
    Ink.FOCUS: "U",
    Ink.STAGE_1: "1",
    Ink.STAGE_2: "2",
    Ink.STAGE_3: "3",
    Ink.STAGE_4: "4",
    Ink.CALM_WORD: "O",
    Ink.WAIT_WORD: "W",
    Ink.ALARM_WORD: "A",
    Ink.DONE_WORD: "D",
    Ink.BACK_WORD: "B",
    Ink.CALM_LINE: "o",
    Ink.WAIT_LINE: "~",
    Ink.ALARM_LINE: "!",
    Ink.DONE_LINE: "+",
    Ink.BACK_LINE: "<",
}
"""What stands for an ink: a colour that a theme changes changes no picture."""
INKS = "-- inks"
"""The line between the letters and the inks."""

_GROUND = Style.parse(f"{DARK.text} on {DARK.ground}")
"""What Textual paints where nothing of ours stands."""
_INK_OF = {
    Style.parse(DARK.style(ink)): ink for ink in reversed(Ink)
}  # of two inks that look alike, the first


def picture(rows: Iterable[Iterable[Segment]]) -> str:
    """Draw rows that are painted in the dark theme; a colour that is no ink's is a KeyError."""
    letters, inks = [], []
    for row in map(list, rows):
        letters.append("".join(segment.text for segment in row).rstrip())
        inks.append("".join(map(_inks, row)).rstrip())
    used = sorted(set("".join(inks)) - {" "})
    legend = ", ".join(f"{LETTERS[ink]} {ink}" for ink in Ink if LETTERS[ink] in used)
    return "\n".join([*letters, f"{INKS}: {legend}", *inks, ""])


def differences(kept: str, now: str) -> Iterator[str]:
    """Tell the rows in which two pictures differ, each with its inks where these do."""
    old, new = _rows(kept), _rows(now)
    for what, begin, end, at, to in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        yield f"@@ row {begin + 1}"
        for was, becomes in zip_longest(old[begin:end], new[at:to], fillvalue=None):
            yield from _one_row(was, becomes)


def _one_row(was: tuple[str, str] | None, becomes: tuple[str, str] | None) -> Iterator[str]:
    if was and becomes and was[0] == becomes[0]:
        yield f"  {was[0]}"
        yield f"- {was[1]}"
        yield f"+ {becomes[1]}"
        return
    for sign, row in (("-", was), ("+", becomes)):
        if row is not None:
            yield f"{sign} {row[0]}"


def _rows(text: str) -> Sequence[tuple[str, str]]:
    """Read each row with its inks."""
    letters, _, inks = text.partition(f"\n{INKS}")
    return list(zip_longest(letters.split("\n"), inks.split("\n")[1:-1], fillvalue=""))


def _inks(segment: Segment) -> str:
    style = segment.style or _GROUND
    ink = Ink.TEXT if style == _GROUND else _INK_OF[style]
    letter = LETTERS[ink]
    if style.bgcolor == _GROUND.bgcolor:  # of a blank nothing else is seen
        return "".join(" " if character == " " else letter for character in segment.text)
    return letter * len(segment.text)
