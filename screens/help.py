"""The page of keys and words, made from the table of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from console.policy.headline import CONDITIONS, Word
from screens.keys import Key
from screens.rows import Row, column, fill, span, wrap
from screens.scene import Scene
from screens.widgets.panel import Panel
from themes.ink import Ink

KEY_COLUMN = 10
WORD_COLUMN = 21
"""The longest word of a headline, and a blank."""

TWO_KEYS_WORDS = (
    ("two keys", "the judge of the traffic: rolls back once both are turned, two blocks running"),
    ("worse", "key 1: evidence that the canary is worse than stable at all; turned at 100:1"),
    ("beyond", "key 2: evidence that it is worse by more than the plan tolerates; turned at 10:1"),
    ("5:1", "evidence, not probability: one healthy canary in 100 ever reaches 100:1"),
    ("95%", "where the difference lies, however often one looks; before that: of how many requests"),
    ("would show", "so long that many more errors can hide; b goes on all the same"),
    ("slow>50ms", "requests slower than this; below it what must not become rarer"),
    (
        "BOTH SUFFER",
        "a shared outage: it waits or goes back one weight; a rollback would not help",
    ),
    ("NEEDS MORE", "CPU for a request or memory for a pod is beyond 1.3 times stable's; it only pauses"),
    ("SPLIT IS OFF", "the canary gets another share of the requests than was asked; it only pauses"),
    ("O", "goes on against all this, with a reason: another judge begins, with nothing proven"),
)
KAYENTA_WORDS = (
    ("score", "Kayenta's: the share of the metrics that pass, by the weights of their groups"),
    ("High, Low", "the shift is more than a quarter of itself, at 98% confidence; critical ones fail all"),
    ("Marginal", "between the two scores of the plan: the release waits for the next analysis"),
    ("O", "goes on against the score, with a reason: the analyses begin anew"),
)


def words_of(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Give the words and signs of the release screen, explained."""
    glyphs = scene.glyphs
    return (
        ("headline", "the first line below the name: a word, what users feel, what happens next and when"),
        ("hold", "the healthy time that a stage wants before the next weight; only health counts"),
        ("guard", "a rule on the canary's numbers; a breach that lasts rolls back, or holds"),
        ("patience", "how long the release may stand still for want of health or evidence"),
        (f"{glyphs.done} healthy", "within the limit"),
        (f"{glyphs.failed} breach", "beyond the limit"),
        (f"{glyphs.few} too few", "not enough requests to know; the release waits"),
        (f"{glyphs.blind} blind", "no data; the release waits"),
        ("P A H R ! ?", "on the timeline: promoted, approved, paused, rolled back, breach, blind"),
        ("STALE", "older than three ticks: the numbers are dimmed, do not trust them"),
        *_of_the_judge(scene),
        *((word, f"{CONDITIONS[word]}") for word in Word),
    )


def _of_the_judge(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Give the words of the judge that this release has."""
    if scene.release is None:
        return ()
    plan = scene.release.plan
    return KAYENTA_WORDS if plan.kayenta else TWO_KEYS_WORDS if plan.judge else ()


class _Page(Panel):
    """The rows of the page; it can be scrolled where they don't fit."""

    def __init__(self, keys: Sequence[Key], words: Sequence[tuple[str, str]]) -> None:
        super().__init__(id="help")
        self._keys = keys
        self._words = words
        self.top = 0

    def paint(self, scene: Scene, width: int, height: int) -> Sequence[Row]:
        """Write every key, then every word."""
        rows: list[Row] = [(), (span("  Keys", Ink.STRONG),)]
        for key in self._keys:
            rows += _entry(key.shown, key.about, width, ink=Ink.KEY, size=KEY_COLUMN, cut=scene.glyphs.cut)
        rows += [(), (span("  Words", Ink.STRONG),)]
        for word, about in self._words:
            rows += _entry(word, about, width, ink=Ink.TEXT, size=WORD_COLUMN, cut=scene.glyphs.cut)
        room = height - 1
        below = max(0, len(rows) - room)
        self.top = max(0, min(self.top, below))
        shown = rows[self.top : self.top + room]
        return [fill(row, width) for row in (*shown, *[()] * (room - len(shown)), _foot(more=bool(below)))]


def _foot(*, more: bool) -> Row:
    scroll = (span("  up down", Ink.KEY), span(" scroll", Ink.DIM)) if more else ()
    return (span("  esc", Ink.KEY), span(" goes back", Ink.DIM), *scroll)


def _entry(word: str, about: str, width: int, *, ink: Ink, size: int, cut: str) -> list[Row]:
    lines = wrap(about, max(10, width - size - 4), rows=3, cut=cut)
    heads = [column(word, size, ink), *[span(" " * size)] * (len(lines) - 1)]
    return [(span("  "), head, span(line)) for head, line in zip(heads, lines, strict=True)]


class Help(ModalScreen[None]):
    """Lies over the release, which goes on below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,ctrl+c,ctrl+q", "app.pop_screen", show=False),
        Binding("R", "app.roll_back", show=False),
        Binding("up,k", "scroll_page(-1)", show=False),
        Binding("down,j,space", "scroll_page(1)", show=False),
    ]

    def __init__(self, scene: Scene, keys: Sequence[Key], words: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._scene = scene
        self._page = _Page(keys, words)

    def compose(self) -> ComposeResult:
        """Put the page on the screen."""
        yield self._page

    def on_mount(self) -> None:
        """Paint for the first time."""
        self._page.show(self._scene)

    def action_scroll_page(self, by: int) -> None:
        """Move by one row."""
        self._page.top += by
        self._page.repaint()
