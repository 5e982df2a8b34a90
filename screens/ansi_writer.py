"""Writes cells to a terminal in few bytes: only the colours and attributes that change, only short moves.

A colour that is also one of the 256 of xterm is written as its number: 9 bytes less, and the same colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.console import Console
from rich.style import Style

Cell = tuple[str, Style | None]
"""What one column shows; a wide character's second column is empty text."""

_PLAIN = Style()
_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}
_CUBE = (0, 95, 135, 175, 215, 255)
_NUMBERS: dict[tuple[int, ...], int] = {
    **{(red, green, blue): 16 + 36 * r + 6 * g + b
       for r, red in enumerate(_CUBE) for g, green in enumerate(_CUBE) for b, blue in enumerate(_CUBE)},
    **{(8 + 10 * n,) * 3: 232 + n for n in range(24)},
}  # fmt: skip
"""The numbers of the colours that every terminal with 256 of them shows alike."""


class AnsiWriter:
    """Knows where it stands and what colours it holds, for the length of one frame."""

    def __init__(self, console: Console) -> None:
        self._system = _SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        self._last_column = console.width - 1
        self._written: list[str] = []
        self._style = _PLAIN
        self._place: tuple[int, int] | None = None

    @property
    def written(self) -> str:
        """All that the terminal must get; it leaves the terminal without colours."""
        if self._style is not _PLAIN:
            self._written.append("\x1b[0m")
            self._style = _PLAIN
        return "".join(self._written)

    def write(self, x: int, y: int, cells: Sequence[Cell]) -> None:
        """Write cells of one line from column `x` on."""
        self._move(x, y)
        for text, style in cells:
            wanted = style or _PLAIN
            if wanted is not self._style and text:
                self._written.append(_turn(self._style, wanted, self._system))
                self._style = wanted
            self._written.append(text)
        end = x + len(cells)
        # Beyond the last column terminals differ in where the cursor is: then the next move is absolute.
        self._place = (end, y) if end <= self._last_column else None

    def _move(self, x: int, y: int) -> None:
        if self._place is not None and self._place[1] == y and self._place[0] <= x:
            by = x - self._place[0]
            self._written.append(f"\x1b[{by}C" if by else "")
        else:
            self._written.append(f"\x1b[{y + 1};{x + 1}H")


@lru_cache(maxsize=4096)
def _turn(before: Style, after: Style, system: ColorSystem) -> str:
    """Give what turns one style into another."""
    codes: list[str] = []
    if _attributes(before) != _attributes(after):
        codes = ["0", *_attributes(after)]
        before = _PLAIN
    if before.color != after.color:
        codes += _colour(after.color, foreground=True, system=system)
    if before.bgcolor != after.bgcolor:
        codes += _colour(after.bgcolor, foreground=False, system=system)
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _attributes(style: Style) -> list[str]:
    held = (
        ("1", style.bold),
        ("2", style.dim),
        ("3", style.italic),
        ("4", style.underline),
        ("5", style.blink),
        ("7", style.reverse),
        ("9", style.strike),
    )
    return [code for code, is_held in held if is_held]


def _colour(colour: Color | None, *, foreground: bool, system: ColorSystem) -> Sequence[str]:
    if colour is None:
        return ("39" if foreground else "49",)
    if colour.type is ColorType.TRUECOLOR and colour.triplet is not None and system >= ColorSystem.EIGHT_BIT:
        number = _NUMBERS.get(tuple(colour.triplet))
        if number is not None:
            return ("38" if foreground else "48", "5", str(number))
    return colour.downgrade(system).get_ansi_codes(foreground=foreground)
