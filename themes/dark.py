"""Dark and calm: the default. Every pair of colours stays apart when a terminal has only 256."""

from __future__ import annotations

from themes.ink import Ink
from themes.palette import Palette, tones

DARK = Palette(
    name="pithead-dark",
    about="dark and calm",
    dark=True,
    text="#c6cdd5",
    ground="#121212",
    inks={
        Ink.TEXT: "#c6c6c6",
        Ink.STRONG: "bold #eeeeee",
        Ink.DIM: "#808080",
        Ink.RULE: "#444444",
        Ink.STABLE: "#87afd7",
        Ink.CANARY: "#d7afff",
        Ink.GOOD: "#87d787",
        Ink.WAIT: "#ffd787",
        Ink.BAD: "bold #ff8787",
        Ink.LIMIT: "#af875f",
        Ink.KEY: "bold #d7d7ff",
        Ink.BUTTON: "#c6c6c6 on #303030",
        Ink.FOCUS: "bold #121212 on #afd7ff",
        Ink.STAGE_1: "#5fafaf",
        Ink.STAGE_2: "#5f87d7",
        Ink.STAGE_3: "#af87d7",
        Ink.STAGE_4: "#d787af",
        **tones(
            calm=("bold #121212 on #87d787", "#d7ffd7 on #1c1c1c"),
            wait=("bold #121212 on #ffd787", "#ffffd7 on #262626"),
            alarm=("bold #ffffff on #d70000", "bold #ffffff on #5f0000"),
            done=("bold #121212 on #87d787", "bold #eeeeee on #005f00"),
            back=("bold #121212 on #87afd7", "bold #eeeeee on #00005f"),
        ),
    },
)
