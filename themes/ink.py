"""The roles that text can play on a screen; a palette gives each its look."""

from __future__ import annotations

from enum import StrEnum


class Ink(StrEnum):
    """What a piece of text is, not how it looks."""

    TEXT = "text"
    STRONG = "strong"
    DIM = "dim"
    """Labels, what is past, and numbers that are out of date."""
    RULE = "rule"
    """Lines and axes."""
    STABLE = "stable"
    CANARY = "canary"
    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    LIMIT = "limit"
    """A guard's limit, drawn or written."""
    KEY = "key"
    """A key to press."""
    BUTTON = "button"
    FOCUS = "focus"
    """The button that Enter presses."""

    STAGE_1 = "stage_1"
    """A recording's stages on its track, in turn."""
    STAGE_2 = "stage_2"
    STAGE_3 = "stage_3"
    STAGE_4 = "stage_4"

    CALM_WORD = "calm_word"
    """The verdict's word while all is well; the four below are its other tones."""
    WAIT_WORD = "wait_word"
    ALARM_WORD = "alarm_word"
    DONE_WORD = "done_word"
    BACK_WORD = "back_word"
    CALM_LINE = "calm_line"
    """The verdict's sentence, and the field that it stands on; by tone, as above."""
    WAIT_LINE = "wait_line"
    ALARM_LINE = "alarm_line"
    DONE_LINE = "done_line"
    BACK_LINE = "back_line"
