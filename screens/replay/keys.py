"""The table of the replay's keys: bindings, hints and help are made of it; none changes anything."""

from __future__ import annotations

from collections.abc import Iterator

from screens.keys import Key
from screens.replay.frame import Frame
from screens.signs import legend
from screens.view_state import ViewState

KEYS = (
    Key.of("space", "space", "play_or_pause", "play or pause", hint="play", rank=10),
    Key.of("left", "left", "step('tick', -1)", "one tick back"),
    Key.of("right", "right", "step('tick', 1)", "one tick on", hint="step", rank=3),
    Key.of("shift+left", "S-left", "step('ten_seconds', -1)", "10 s back"),
    Key.of("shift+right", "S-right", "step('ten_seconds', 1)", "10 s on"),
    Key.of("comma", ",", "step('minute', -1)", "a minute back"),
    Key.of("full_stop", ".", "step('minute', 1)", "a minute on"),
    Key.of("left_square_bracket", "[", "step('event', -1)", "the event before"),
    Key.of("right_square_bracket", "]", "step('event', 1)", "the next event", hint="event", rank=7),
    Key.of("left_curly_bracket", "{", "step('stage', -1)", "the stage before"),
    Key.of("right_curly_bracket", "}", "step('stage', 1)", "the next stage", hint="stage", rank=4),
    Key.of("at", "@", "step('verdict', -1)", "the change of a verdict before"),
    Key.of("exclamation_mark", "!", "step('verdict', 1)", "a verdict's next change", hint="verdict", rank=5),
    Key.of("less_than_sign", "<", "speed(-1)", "half as fast"),
    Key.of("greater_than_sign", ">", "speed(1)", "twice as fast, up to 64 times", hint="faster", rank=4),
    Key.of("r", "r", "reverse", "play the other way", hint="reverse", rank=2),
    Key.of("s", "s", "skip_quiet", "skip what is quiet, or not", hint="skip", rank=2),
    Key.of("t", "t", "go_to", "go to 14:02, +5m, -30s, stage 3, 50%", hint="time", rank=6),
    *(Key.of(str(n), str(n), f"percent({n * 10})", "") for n in range(10)),
    Key.of("home", "home", "percent(0)", "the beginning"),
    Key.of("end", "end", "percent(100)", "the end"),
    Key.of("w", "w", "why", "why: guards, queries, evidence, the next act", hint="why", rank=8),
    Key.of("e", "e", "edit", "edit the guards: what they would have made of it", hint="what if", rank=6),
    Key.of("c", "c", "compare", "lay another recording under this one", hint="compare", rank=4),
    Key.of("escape", "esc", "close", "back to both versions"),
    Key.of("z", "z", "zoom", "one chart large, with axes; z again: the next", hint="zoom", rank=2),
    Key.of("up,k", "up", "log(1)", "the log, or what w and c show: a line back"),
    Key.of("down,j", "down", "log(-1)", "a line on"),
    Key.of("g", "g", "log(100000)", "the log's beginning"),
    Key.of("G", "G", "log(-100000)", "the log's end"),
    Key.of("T", "T", "theme", "the next theme", hint="theme", rank=1),
    Key.of("ctrl+l", "ctrl+l", "redraw", "draw the whole screen anew"),
    Key.of("question_mark", "?", "help", "this page", hint="help", rank=8),
    Key.of("q,ctrl+c", "q", "leave", "leave", hint="leave", rank=9),
)
PERCENT = Key.of("", "0-9", "", "that part of the recording: 5 is its middle")

WORDS = (
    ("heat", "top row: the canary's errors against stable's; yellow from twice, red from four times"),
    ("events", f"second row: stages, {', '.join(f'{sign} {means}' for sign, means in legend().items())}"),
    ("track", "third row: stages in colours with their weights; heavy where the playhead has been"),
    ("chain", "whether the journal is as it was written: each line carries a hash of all before"),
)


def keys_told() -> tuple[Key, ...]:
    """Give the keys for the help: the ten digits as one."""
    first = next(place for place, key in enumerate(KEYS) if key.key == "0")
    return (*KEYS[:first], PERCENT, *(key for key in KEYS[first:] if key.about))


def keys_of_replay(state: ViewState) -> Iterator[Key]:
    """Give the keys for the bar; the first one says what it does now."""
    assert isinstance(state, Frame)
    play, *others = KEYS
    hint = "pause" if state.playing else "play"
    yield Key(key=play.key, shown=play.shown, action=play.action, hint=hint, about="", rank=play.rank)
    yield from (key for key in others if key.hint)
