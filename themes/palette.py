"""A theme: what each ink looks like, as data. No terminal library is known here."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from themes.ink import Ink


class Palette(Struct, frozen=True, kw_only=True):
    """One look of all screens."""

    name: str
    about: str
    """One line for the person who chooses."""
    dark: bool
    text: str
    ground: str
    """The background; empty where the terminal's own is kept."""
    inks: Mapping[Ink, str]
    """`bold #rrggbb on #rrggbb`; an ink without a ground of its own lies on `ground`."""

    @property
    def plain(self) -> bool:
        """Whether the terminal's own colours are kept."""
        return not self.ground

    def style(self, ink: Ink) -> str:
        """Give the whole style of an ink."""
        words = self.inks.get(ink, self.text)
        return words if self.plain or " on " in words else f"{words} on {self.ground}"


def tones(**styles: tuple[str, str]) -> dict[Ink, str]:
    """Name the verdict's inks by tone, `calm`, `wait`, `alarm`, `done`, `back`: its word's and its line's."""
    words = {Ink(f"{tone}_word"): word for tone, (word, _) in styles.items()}
    return words | {Ink(f"{tone}_line"): line for tone, (_, line) in styles.items()}
