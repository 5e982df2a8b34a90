"""Without colours, for NO_COLOR: bold, dim and reverse carry what is left."""

from __future__ import annotations

from themes.ink import Ink
from themes.palette import Palette, tones

PLAIN = Palette(
    name="pithead-plain",
    about="the terminal's own colours, none of ours",
    dark=True,
    text="default",
    ground="",
    inks={
        Ink.TEXT: "default",
        Ink.STRONG: "bold default",
        Ink.DIM: "dim default",
        Ink.RULE: "dim default",
        Ink.STABLE: "default",
        Ink.CANARY: "default",
        Ink.GOOD: "default",
        Ink.WAIT: "bold default",
        Ink.BAD: "bold default",
        Ink.LIMIT: "dim default",
        Ink.KEY: "bold default",
        Ink.BUTTON: "default",
        Ink.FOCUS: "bold reverse default",
        Ink.STAGE_1: "default",
        Ink.STAGE_2: "dim default",
        Ink.STAGE_3: "default",
        Ink.STAGE_4: "dim default",
        **tones(
            calm=("bold reverse default", "default"),
            wait=("bold reverse default", "bold default"),
            alarm=("bold reverse default", "bold reverse default"),
            done=("bold reverse default", "bold reverse default"),
            back=("bold reverse default", "bold reverse default"),
        ),
    },
)
