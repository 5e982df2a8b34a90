"""For a bright room and a white terminal."""

from __future__ import annotations

from themes.ink import Ink
from themes.palette import Palette, tones

LIGHT = Palette(
    name="pithead-light",
    about="for a bright room",
    dark=False,
    text="#303030",
    ground="#ffffff",
    inks={
        Ink.TEXT: "#303030",
        Ink.STRONG: "bold #000000",
        Ink.DIM: "#767676",
        Ink.RULE: "#bcbcbc",
        Ink.STABLE: "#005faf",
        Ink.CANARY: "#8700af",
        Ink.GOOD: "#008700",
        Ink.WAIT: "#875f00",
        Ink.BAD: "bold #d70000",
        Ink.LIMIT: "#af5f00",
        Ink.KEY: "bold #005faf",
        Ink.BUTTON: "#303030 on #e4e4e4",
        Ink.FOCUS: "bold #ffffff on #005faf",
        Ink.STAGE_1: "#008787",
        Ink.STAGE_2: "#005fd7",
        Ink.STAGE_3: "#8700d7",
        Ink.STAGE_4: "#af005f",
        **tones(
            calm=("bold #ffffff on #008700", "#303030 on #eeeeee"),
            wait=("bold #000000 on #ffd75f", "#303030 on #ffffd7"),
            alarm=("bold #ffffff on #d70000", "bold #000000 on #ffd7d7"),
            done=("bold #ffffff on #008700", "bold #000000 on #d7ffd7"),
            back=("bold #ffffff on #005faf", "bold #000000 on #d7d7ff"),
        ),
    },
)
