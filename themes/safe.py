"""Safe for colour-blind eyes: blue is well and orange is not, and never red beside green."""

from __future__ import annotations

from themes.ink import Ink
from themes.palette import Palette, tones

SAFE = Palette(
    name="pithead-safe",
    about="blue and orange, safe for colour-blind eyes",
    dark=True,
    text="#d0d0d0",
    ground="#121212",
    inks={
        Ink.TEXT: "#d0d0d0",
        Ink.STRONG: "bold #ffffff",
        Ink.DIM: "#8a8a8a",
        Ink.RULE: "#4e4e4e",
        Ink.STABLE: "#d0d0d0",
        Ink.CANARY: "#ffd75f",
        Ink.GOOD: "#5fafff",
        Ink.WAIT: "#ffd75f",
        Ink.BAD: "bold #ff8700",
        Ink.LIMIT: "#af8700",
        Ink.KEY: "bold #ffffff",
        Ink.BUTTON: "#d0d0d0 on #303030",
        Ink.FOCUS: "bold #121212 on #ffffff",
        Ink.STAGE_1: "#5fafff",
        Ink.STAGE_2: "#d0d0d0",
        Ink.STAGE_3: "#ffd75f",
        Ink.STAGE_4: "#afafff",
        **tones(
            calm=("bold #121212 on #5fafff", "#d7d7ff on #1c1c1c"),
            wait=("bold #121212 on #ffd75f", "#ffffd7 on #262626"),
            alarm=("bold #121212 on #ff8700", "bold #ffffff on #5f3700"),
            done=("bold #121212 on #5fafff", "bold #ffffff on #00005f"),
            back=("bold #121212 on #d0d0d0", "bold #ffffff on #3a3a3a"),
        ),
    },
)
