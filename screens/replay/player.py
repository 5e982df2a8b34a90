"""The replay's program: a recording and a playhead give the shots that are shown. It writes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar

from console.claims.moments import WRITE, moment_within
from console.errors import PitheadError
from console.plan.units import BadValue
from console.policy.explain import explain
from console.policy.headline import Line, Word, headline
from console.replay.recording import Recording
from console.replay.source import STANDARD_INPUT
from console.replay.steps import Step
from screens.page import Page, show_pages
from screens.plot import bucket_for
from screens.replay.chain import ChainReader
from screens.replay.event_log import LogAtPlayhead
from screens.replay.frame import Frame
from screens.replay.keys import KEYS, WORDS, keys_of_replay, keys_told
from screens.replay.opening import course_of, recording_of
from screens.replay.playhead import Playhead
from screens.replay.tick_index import TickIndex
from screens.replay.track import edges
from screens.replay.view import View
from screens.replay.window import Window
from screens.sample_columns import SampleColumns
from screens.themed_app import MESSAGE_S, ThemedApp, collect_garbage_again
from screens.view_state import data_age_s, worker_age_s

FRAME_S = 0.1
"""While it plays fast the screen is painted ten times a second, whatever the speed."""
CALM_FRAME_S = 0.25
READING_S = 0.5
"""How far the reading has come is painted this often."""
SLICE_S = 0.03
"""So long the recording is read on before keys are looked at again."""
GREETING = "? lists all keys; nothing here changes the recording or the cluster"


class Player(ThemedApp[None]):
    """Plays one recording."""

    keys_act: ClassVar[bool] = False

    def __init__(
        self,
        recording: Recording,
        *,
        at: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin at `at`, paused, or play from the start."""
        super().__init__(clock=clock)
        opened = recording.at_line(1)
        assert opened is not None
        self._recording = recording
        self._plan = opened.plan
        self._interval_s = opened.plan.interval_s
        self._ticks = TickIndex(recording)
        self._all_log = LogAtPlayhead(recording, self._ticks)
        self._window = Window(recording)
        self._course = course_of(recording)
        events = [event.at for event in recording.events]
        self.playhead = Playhead(
            self._course, events=events, at=recording.first_at if at is None else at, playing=at is None
        )
        self._chain = ChainReader(recording)
        self._message = (GREETING, False, clock() + MESSAGE_S)
        self._heat: tuple[tuple[int, int], list[int | None]] = ((0, 0), [])
        self._view = View()
        self._awaited: float | None = None
        self._guards_text = ""
        for key in KEYS:
            self.bind(key.key, key.action, description=key.about, show=False)

    def get_default_screen(self) -> View:
        """Begin with the release as it was."""
        return self._view

    def on_mount(self) -> None:
        """Show the first frame, then let time pass."""
        self.go(self.playhead.at)
        self.call_after_refresh(collect_garbage_again)
        self.run_worker(self._play(), name="play", exit_on_error=True)

    # -- time -------------------------------------------------------------------------------------------

    async def _play(self) -> None:
        """Let time pass, read on, and paint where a person can see that something is new."""
        before = self._clock()
        painted = (0, -1, False)
        while True:
            reading = self._read_on()
            now = self._clock()
            if self._awaited is None and self.playhead.advance(now - before):
                self._follow()
            before = now
            # Not 0: the end of reading would pass for its first turn, and never be painted.
            turn = int(now / READING_S) if reading else -1
            sight = (int(self.playhead.at), turn, now >= self._message[2])
            if sight != painted:
                painted = sight
                self.paint()
            await asyncio.sleep(self._rest_s(reading=reading))

    def _rest_s(self, *, reading: bool) -> float:
        """How long to rest: hardly while someone waits for what is being read."""
        if self._awaited is not None:
            return 0.0
        fast = self.playhead.playing and self.playhead.speed > 1
        return FRAME_S if reading or fast else CALM_FRAME_S

    def _read_on(self) -> bool:
        """Fold a slice and index its ticks; says whether there was one to read."""
        reading = not self._chain.done
        if reading:
            folded, surveyed = self._recording.grow(SLICE_S), self._ticks.grow(SLICE_S)
            _ = folded and surveyed and self._chain.grow(SLICE_S)
        if self._awaited is not None and self._reaches(self._awaited):
            self._awaited = None
        return reading

    def _reaches(self, at: float) -> bool:
        """Whether all that is shown of that time has been read."""
        return self._recording.reaches(at) and self._ticks.seen >= self._recording.line_of(at)

    def _follow(self) -> None:
        """Wait where the playhead has come to what is not folded yet."""
        if not self._reaches(self.playhead.at):
            self._awaited = self.playhead.at

    def go(self, at: float) -> None:
        """Go to a time; where that is not folded yet, wait for it without freezing."""
        self.playhead.go(at)
        self._follow()
        self.paint()

    # -- the picture ------------------------------------------------------------------------------------

    def paint(self) -> None:
        """Paint this instant."""
        frame = self.frame()
        self._view.show(frame)
        show_pages(self.screen_stack, frame)

    def frame(self) -> Frame:
        """Give this instant: the fold of the records up to it, and nothing after."""
        at = self.playhead.at if self._awaited is None else self._recording.first_at
        span_s = self.size.width * bucket_for(self._interval_s)
        return self._frame(at, self._window.samples(at, span_s=span_s))

    def whole_shot(self) -> Frame:
        """Give this instant with all samples up to it."""
        whole = Window(self._recording)
        return self._frame(self.playhead.at, whole.samples(self.playhead.at))

    def _frame(self, at: float, samples: SampleColumns) -> Frame:
        line = self._recording.line_of(at)
        release = self._recording.at_line(line)
        assert release is not None
        entries, marks = self._all_log.until(at)
        now = release.end.at if release.end is not None else at
        message, bad = self.message
        head = self.playhead
        return Frame(
            release=release,
            line=explain(release, now=now) if self._awaited is None else self._reading(),
            now=now,
            samples=samples,
            entries=entries,
            marks=marks,
            glyphs=self._glyphs,
            read_only=True,
            replayed=True,
            data_age_s=data_age_s(release, samples, now=now),
            worker_age_s=worker_age_s(release, self._last_at(line), now=now),
            message=message,
            message_bad=bad,
            at=self.playhead.at,
            course=self._course,
            spans=self._recording.spans,
            events=self._recording.events,
            heat=self._heat_of,
            number=line,
            records=len(self._recording),
            playing=head.playing,
            speed=head.speed,
            direction=head.direction,
            skips_quiet=head.skips_quiet,
            seal=self._chain.seal,
            progress=self._recording.progress,
        )

    def _reading(self) -> Line:
        """Say that what was asked for is still being read: no state of another time may stand for it."""
        wanted = self._recording.line_of(self.playhead.at)
        read = min(self._ticks.seen, wanted)  # the index may be ahead
        return headline(Word.LOOKING, f"reading the recording: {read:,} of {wanted:,} records")

    def _last_at(self, line: int) -> float:
        """Give when the last record up to that line was written; one of a later pithead has said nothing."""
        found = (self._recording.records(one, one) for one in range(line, 0, -1))
        return next((records[0].at for records in found if records), self._recording.first_at)

    def _heat_of(self, columns: int) -> list[int | None]:
        """Give the heat of the whole track, made anew only where it was read on or resized."""
        key = (columns, self._ticks.seen)
        if self._heat[0] != key and columns > 0:
            self._heat = key, self._ticks.heat(edges(self._course, columns))
        return self._heat[1]

    def _say_error(self, error: BadValue | PitheadError) -> None:
        """Say what is wrong, and how to mend it where that fits on the line too."""
        whole = f"{error}; {error.hint}" if error.hint else str(error)
        self.say(whole if len(whole) < self.size.width else str(error), bad=True)

    # -- keys -------------------------------------------------------------------------------------------

    def action_play_or_pause(self) -> None:
        """Play or pause."""
        self.playhead.play_or_pause()
        self.paint()

    def action_step(self, step: str, direction: int) -> None:
        """Go one step, and stay there."""
        self.playhead.playing = False
        self.go(self._recording.step(self.playhead.at, Step(step), direction=direction))

    def action_speed(self, by: int) -> None:
        """Play faster or slower."""
        self.playhead.change_speed(by)
        self.paint()

    def action_reverse(self) -> None:
        """Play the other way."""
        self.playhead.reverse()
        self.paint()

    def action_skip_quiet(self) -> None:
        """Skip what is quiet, or no longer."""
        self.playhead.skips_quiet = not self.playhead.skips_quiet
        self.paint()

    def action_percent(self, percent: int) -> None:
        """Go to a part of the recording."""
        self.go(self._course.begins_at + self._course.length_s * percent / 100)

    def action_go_to(self) -> None:
        """Ask for a time."""
        from screens.replay.prompt import Prompt  # noqa: PLC0415 - the first frame does not wait for it

        def answer(text: str | None) -> None:
            if text:
                self._go_to(text)

        _ = self.push_screen(Prompt("Go to", hint=WRITE, state=self.frame()), answer)

    def _go_to(self, text: str) -> None:
        try:
            at = moment_within(text, self._course)
        except BadValue as error:
            self._say_error(error)
        else:
            self.playhead.playing = False
            self.go(at)

    def action_why(self) -> None:
        """Say why, or no longer."""
        from screens.replay.why import why  # noqa: PLC0415 - as above

        self._uncover()
        self._view.show_answer(None if self._view.answer is why else why)
        self.paint()

    def action_edit(self) -> None:
        """Edit the guards, and see what they would have made of the release."""
        from screens.replay.edit import Edit  # noqa: PLC0415 - as above

        def keep(text: str | None) -> None:
            self._guards_text = text or ""

        self.playhead.playing = False
        records = self._recording.all_records()
        _ = self.push_screen(Edit(records, self._plan, text=self._guards_text, state=self.frame()), keep)

    def action_compare(self) -> None:
        """Ask for another recording, and lay it under this one."""
        from screens.replay.prompt import Prompt  # noqa: PLC0415 - as above

        def answer(name: str | None) -> None:
            if name:
                self._compare(name.strip())

        hint = "a file, sample:healthy, or a release of this host: its name, or how it begins"
        _ = self.push_screen(Prompt("Compare with", hint=hint, state=self.frame()), answer)

    def _compare(self, name: str) -> None:
        from screens.replay.side_by_side import Beside  # noqa: PLC0415 - as above

        if name == STANDARD_INPUT:
            self.say("keys come from there: no recording can", bad=True)
            return
        try:
            beside = Beside(self._recording, recording_of(name))
        except PitheadError as error:
            self.say(error.with_hint, bad=True)
        else:
            self._uncover()
            self._view.show_answer(beside.rows)
            self.paint()

    def _uncover(self) -> None:
        """Take away a page that lies over the view, where an answer is to be seen."""
        if isinstance(self.screen, Page):
            _ = self.pop_screen()

    def action_close(self) -> None:
        """Go back to both versions."""
        self._view.show_answer(None)
        self.paint()

    def action_log(self, lines: int) -> None:
        """Scroll the log, or the answer."""
        self._view.scroll_log(lines)

    def action_zoom(self) -> None:
        """Show one chart large."""
        from screens.zoom import Zoom  # noqa: PLC0415 - as above

        _ = self.push_screen(Zoom(self.whole_shot, KEYS, keys_of_replay))

    def action_help(self) -> None:
        """Show keys and words."""
        from screens.help import Help, words_of  # noqa: PLC0415 - as above

        frame = self.frame()
        _ = self.push_screen(Help(frame, keys_told(), (*WORDS, *words_of(frame)), keys_of_replay))

    def action_leave(self) -> None:
        """Leave."""
        self.exit()

    def action_ask_to_leave(self) -> None:
        """Leave: nothing goes on that a person could end by mistake."""
        self.exit()
