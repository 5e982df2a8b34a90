"""Wherever a release is told it is told by one sentence: each recorded state is taken to each place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from console.headless import READ, Output, Printer
from console.notify.messages import message
from console.plan.model import Notice, Occasion
from console.policy.explain import explain
from console.policy.headline import TONES, Line, Tone, Word
from console.policy.how_far import how_far
from console.policy.situation import Situation
from console.policy.told import record_in_words
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Phase, Release
from console.replay.recording import open_recording
from console.report.facts import facts_of
from console.report.markdown import markdown
from console.whatif.outcome import fate_of
from screens.commands.status import Standing, as_json, as_text
from screens.glyphs import ASCII, UNICODE, Glyphs
from screens.replay import printed
from screens.replay.opening import course_of
from screens.view_state import Story
from screens.widgets.verdict import Verdict
from tests.sample import sampled
from tests.screens.stories import stories

RECORDINGS = sorted((Path(__file__).parents[1] / "sample_plans" / "recordings").glob("*.jsonl.gz"))
WIDTH, HEIGHT = 120, 12
"""The headline's part of a screen, with room for the whole of any sentence."""


class State(Struct, frozen=True, kw_only=True):
    """A release behind one of its records, and how it came there."""

    name: str
    records: tuple[ev.Record, ...]
    release: Release

    @property
    def at(self) -> float:
        return self.records[-1].at

    @property
    def line(self) -> Line:
        return explain(self.release, now=self.at)


def journals() -> Iterator[tuple[str, tuple[ev.Record, ...]]]:
    for path in RECORDINGS:
        yield path.name, open_recording(str(path)).all_records()
    for name, teller in stories():
        yield name, tuple(teller.records)


@cache
def states() -> tuple[State, ...]:
    """Each state of the recordings that ship and of the simulated releases; a sample of them by default."""
    return tuple(sampled("recorded states of releases", [*_all_states()]))


def _all_states() -> Iterator[State]:
    for name, records in journals():
        release: Release | None = None
        for place, record in enumerate(records, 1):
            release = fold(release, record)
            yield State(name=f"{name} {place}", records=records[:place], release=release)


@cache
def ends() -> tuple[State, ...]:
    return tuple(State(name=name, records=records, release=_folded(records)) for name, records in journals())


def _folded(records: tuple[ev.Record, ...]) -> Release:
    release: Release | None = None
    for record in records:
        release = fold(release, record)
    assert release is not None
    return release


def plain(text: str) -> str:
    """Leave out how a text is broken into lines, and what Markdown needs."""
    return " ".join(text.replace("\\", "").split())


def test_each_state_has_one_sentence_that_begins_with_a_word_of_the_list() -> None:
    for state in states():
        line = state.line
        assert line.word in list(Word), state.name
        assert line.text, state.name
        assert "\n" not in line.sentence, state.name
        assert line.tone in {TONES[Word(line.word)], Tone.WAIT, Tone.BACK, Tone.ALARM}, state.name


def test_no_sentence_has_odds_or_the_keys_shorthand() -> None:
    for state in states():
        assert not re.search(r"\d:1\b|\d(?:\.\d+)?e\d|\balone \d|\||->", state.line.text), state.name


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_the_screen_says_it(glyphs: Glyphs) -> None:
    for state in states():
        story = Story()
        story.take(state.records)
        view = story.view_state(now=state.at, glyphs=glyphs, read_only=False)
        rows = Verdict().paint(view, WIDTH, HEIGHT)
        shown = plain(" ".join("".join(piece.text for piece in row) for row in rows))
        spaced = " ".join(" ".join(word) for word in state.line.word.split())
        assert state.line.word in shown or plain(spaced) in shown, state.name
        assert plain(state.line.text.replace("·", glyphs.dot)) in shown, state.name


def test_status_says_it() -> None:
    for state in states():
        over = state.release.phase is Phase.ENDED
        standing = Standing(release=state.release, worker=None if over else 7, last_at=state.at, now=state.at)
        rows = as_text(standing).splitlines()
        assert [row for row in rows if plain(row) == plain(f"{state.line.word} {state.line.text}")], (
            state.name
        )
        told = msgspec.json.decode(as_json(standing))
        assert (told["word"], told["line"]) == (state.line.word, state.line.text), state.name


@pytest.mark.parametrize("worker", [None, 7], ids=["dead", "silent"])
def test_status_and_a_screen_that_only_looks_say_one_sentence_of_a_worker_that_says_nothing(
    worker: int | None,
) -> None:
    """Nothing that the last record said is said on as if it were of now."""
    told = {None: Word.WORKER_DEAD, 7: Word.BLIND}
    for state in states():
        if state.release.phase not in (Phase.RUNNING, Phase.ROLLING_BACK):
            continue
        now = state.at + 10 * max(6.0, state.release.plan.interval_s)
        story = Story()
        story.take(state.records)
        view = story.view_state(now=now, glyphs=UNICODE, read_only=True, dead=worker is None)
        standing = Standing(release=state.release, worker=worker, last_at=state.at, now=now)
        assert view.line == standing.line, state.name
        assert view.line.word == told[worker], state.name
        assert f"pithead rollback {state.release.name}" in view.line.text, state.name


def test_messages_say_it() -> None:
    notice, news = Notice(to="env:X", on=(Occasion.HOLD,)), Situation(occasion=Occasion.HOLD, what="x")
    for state in states():
        delivery = message(notice, news, state.release, now=state.at)
        assert delivery.title.endswith(f": {state.line.word}"), state.name
        assert delivery.text.startswith(f"{state.line.text}\n"), state.name


def test_who_waits_for_a_rollback_and_a_replay_that_is_printed_say_it() -> None:
    for state in states():
        assert how_far(state.release, now=state.at).words == state.line.sentence, state.name
        if state.release.phase is not Phase.ENDED:
            fate = fate_of(state.release, last_at=state.at)
            assert state.line.text in fate.words or state.release.rollback is not None, state.name


def test_a_replay_that_is_printed_says_it() -> None:
    for path in sampled("recorded states of releases", RECORDINGS):
        recording = open_recording(str(path))
        course = course_of(recording)
        release = recording.at(recording.last_at)
        assert release is not None
        line = explain(release, now=release.end.at if release.end else recording.last_at)
        text = printed.as_text(release, at=recording.last_at, course=course)
        assert plain(line.sentence)[:300] in plain(text), path.name


def test_the_report_says_it() -> None:
    for state in ends():
        facts = facts_of(state.records)
        assert facts.outcome.removeprefix("NOT OVER: ") == state.line.word, state.name
        if (
            "the evidence that" not in facts.headline
        ):  # an older journal has the keys' shorthand as its reason
            assert facts.headline == state.line.text, state.name
            assert plain(state.line.text)[:60] in plain(markdown(facts)), state.name


def test_a_release_without_a_screen_says_it_where_its_word_turns() -> None:
    said: list[str] = []

    class Lines:
        def put(self, text: str) -> None:
            said.append(text.rstrip("\n"))

    records = next(records for name, records in journals() if name.startswith("outage"))
    printer = Printer(Lines(), Output.TEXT)
    for record in records:
        printer(record)
    turned = [line[11:].partition(":")[0] for line in said if line[11:].partition(":")[0] in list(Word)]
    assert turned == ["HOLDING", "GOING WELL", "PROMOTED"]
    assert any("HOLDING: both suffer: v1 fails " in line for line in said)


def test_a_release_without_a_screen_says_each_state_that_a_person_should_read() -> None:
    """The last line with a word of the list is the state's, wherever that word is one to be read."""
    for name, records in sampled("recorded states of releases", [*journals()]):
        said: list[str] = []
        printer = Printer(Said(said), Output.TEXT)
        release: Release | None = None
        for record in records:
            printer(record)
            release = fold(release, record)
            line = explain(release, now=record.at)
            if release.phase is Phase.RUNNING and line.word in READ:
                words = [row[11:].partition(":")[0] for row in said]
                told = [word for word in words if word in list(Word)]
                assert told[-1:] == [line.word], (name, record.n)


class Said:
    """Keeps the lines."""

    def __init__(self, said: list[str]) -> None:
        self._said = said

    def put(self, text: str) -> None:
        self._said += text.splitlines()


def test_the_log_of_an_end_says_it() -> None:
    class Lines:
        said = ""

        def put(self, text: str) -> None:
            self.said = text

    for state in ends():
        last = state.records[-1]
        if not isinstance(last.event, ev.ReleaseEnded):
            continue
        story = Story()
        story.take(state.records)
        view = story.view_state(now=state.at, glyphs=UNICODE, read_only=True)
        assert view.entries[-1].text == state.line.sentence == record_in_words(last.event, state.release)
        lines = Lines()
        before = _folded(state.records[:-1])
        Printer(lines, Output.TEXT, release=before)(last)
        assert plain(state.line.sentence)[:300] in plain(lines.said), state.name
