"""The screen's program: records in, keys out. It decides nothing, and the release needs it for nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from console.errors import PitheadError
from console.policy.headline import Line
from console.policy.judge_words import hidden_in_words, judge_in_words
from console.policy.permit import Command, refusal, wants_reason
from console.release.events import Record
from console.release.state import Release
from screens.bell import Bell
from screens.dialogs import (
    Asked,
    Question,
    Reason,
    Reply,
    ask_advance_blind,
    ask_approve,
    ask_override,
    ask_promote,
    ask_revive,
    ask_roll_back,
    ask_to_leave,
    ask_why,
)
from screens.dressed import DressedApp, collect_garbage_again
from screens.feed import Driver, Feed, Keeper
from screens.keys import keys_bound
from screens.main import Main
from screens.reader import Latest, Reader
from screens.scene import FIRST_RECORD, Scene, Story
from screens.words import clock

POLL_S = 0.2
"""How often the feed is asked; painted is once a second, or at once where something was decided."""
FRESH_S = 10.0
"""What is older calls nobody: a screen that comes back reads all that it missed."""
MESSAGE_S = 15.0
"""A message stays this long."""


class PitheadApp(DressedApp[Release | None]):
    """Watches one release; `run()` gives the last state that was seen, or None."""

    def __init__(
        self,
        feed: Feed,
        driver: Driver | None,
        *,
        clock: Callable[[], float],
        leave_words: str,
        waiting_for: str = FIRST_RECORD,
        keeper: Keeper | None = None,
        latest: Latest | None = None,
    ) -> None:
        """`latest` is how the release stands by a checkpoint, for one with a long past."""
        super().__init__()
        self._commands = driver
        self._keeper = keeper
        self._dead = False
        self._told: Line | None = None
        self._asks_how = False
        self._bell = Bell(os.environ)
        self._clock = clock
        self._leave_words = leave_words
        self._reader = Reader(feed, waiting_for=waiting_for, latest=latest)
        self._message = ("", False, 0.0)
        self._painted_second = 0
        self._main = Main()
        self.failure: PitheadError | None = None
        """Why the screen could not go on, where it could not: for whoever started it."""
        for key in keys_bound(read_only=driver is None):
            self.bind(key.key, key.action, description=key.about, show=False)

    @property
    def release(self) -> Release | None:
        """The last state that was seen; None before the first record."""
        return self._story.release

    def get_default_screen(self) -> Main:
        """Begin with the main screen."""
        return self._main

    def on_mount(self) -> None:
        """Show what is there in the first frame, then follow the feed."""
        self.catch_up()
        # The entry put the collector to rest for the sake of the first frame.
        self.call_after_refresh(collect_garbage_again)
        self.run_worker(self._follow(), name="follow the feed", exit_on_error=True)

    def catch_up(self) -> None:
        """Take up what is new, and paint where a person should see it now."""
        try:
            pressing, newest = self._reader.read()
        except PitheadError as error:
            self.failure = error
            self.exit()
            return
        pressing |= self._look_after_the_worker()
        self._ask_who_is_silent()
        self._call(newest)
        if pressing or self._reader.behind or int(self._clock()) != self._painted_second:
            self.paint()

    def paint(self) -> None:
        """Paint this instant."""
        self._painted_second = int(self._clock())
        self._main.show(self.scene())

    def scene(self) -> Scene:
        """Give this instant."""
        now = self._clock()
        text, bad, until = self._message
        return self._story.scene(
            now=now,
            glyphs=self._glyphs,
            read_only=self._commands is None,
            message=text if now < until else self._of_the_history(),
            message_bad=bad and now < until,
            behind=self._reader.behind,
            dead=self._dead,
            told=self._told,
        )

    @property
    def _story(self) -> Story:
        return self._reader.story

    def _of_the_history(self) -> str:
        return f"reading what came before: {self._reader.history}" if self._reader.history else ""

    def _call(self, batch: Sequence[Record]) -> None:
        """Call a person who looks elsewhere; what was written long ago calls nobody."""
        release = self._story.release
        sound = self._bell.sound(release) if batch and release is not None else ""
        if sound and self._clock() - batch[-1].at < FRESH_S and not self._reader.behind:
            self.write_raw(sound)

    def _look_after_the_worker(self) -> bool:
        """See whether the worker lives, once a second; say whether that is another than before."""
        release = self._story.release
        if self._keeper is None or release is None or self._reader.behind:
            return False
        if int(self._clock()) == self._painted_second:
            return False
        before = self._dead
        self._dead = release.end is None and not self._keeper.lives()
        if self._dead and not before and self._commands is not None and len(self.screen_stack) == 1:
            self.call_after_refresh(self.action_revive)
        return self._dead is not before

    def _ask_who_is_silent(self) -> None:
        """Ask the worker itself, where its journal does not say how the release stands."""
        if self._dead or not self._story.is_silent(now=self._clock()):
            self._told = None
        elif self._commands is not None and not self._asks_how:
            self._asks_how = True
            self.run_worker(self._ask_how(self._commands), name="how", exit_on_error=True)

    async def _ask_how(self, commands: Driver) -> None:
        self._told = await commands.how()
        self.paint()
        await asyncio.sleep(POLL_S)
        self._asks_how = False

    def say(self, text: str, *, bad: bool = False) -> None:
        """Put a text on the message line."""
        self._message = (text, bad, self._clock() + MESSAGE_S)
        self.paint()

    async def _follow(self) -> None:
        while True:
            self.catch_up()
            to_next_second = 1.0 - self._clock() % 1.0
            await asyncio.sleep(0.0 if self._reader.reading else min(POLL_S, to_next_second + 0.001))

    def action_pause_or_resume(self) -> None:
        """Ask without a question, once no other letter has followed: a space is in every text."""
        self.when_alone(self._pause_or_resume)

    def _pause_or_resume(self) -> None:
        release = self._story.release
        resumes = release is not None and not refusal(release, Command.RESUME, now=self._clock())
        self._ask_at_once(Command.RESUME if resumes else Command.PAUSE)

    def action_approve(self) -> None:
        """Ask the person, then the worker."""
        release = self._story.release
        if release is None or self._is_over(Command.APPROVE):
            return
        refused = refusal(release, Command.APPROVE, now=self._clock())
        if refused:
            self.say(f"approve: {refused}", bad=True)
            return
        reason = Reason.WANTED if wants_reason(release, Command.APPROVE) else Reason.NONE
        self._ask_person(ask_approve(release.weight or 0, reason=reason), Command.APPROVE)

    def action_promote(self) -> None:
        """Ask the person, then the worker."""
        release = self._story.release
        if release is None:
            return
        if self._is_over(Command.PROMOTE):
            return
        stages, following = release.plan.stages, release.index + 1
        weight = stages[following].weight if following < len(stages) else None
        advice = refusal(release, Command.PROMOTE, now=self._clock())
        reason = Reason.WANTED if wants_reason(release, Command.PROMOTE) else Reason.NONE
        asked = ask_promote(release.plan.canary.name, weight=weight, advice=advice, reason=reason)
        self._ask_person(asked, Command.PROMOTE)

    def action_roll_back(self) -> None:
        """Ask the person, then the worker; a dead one is replaced by one that rolls back first."""
        release = self._story.release
        if self._commands is None or self._is_over(Command.ROLL_BACK):
            return
        stable, canary, reason, gone = "stable", "the canary", Reason.NONE, False  # before the first record
        if release is not None:
            stable, canary = release.plan.stable.name, release.plan.canary.name
            reason = Reason.OFFERED if wants_reason(release, Command.ROLL_BACK) else Reason.NONE
            gone = release.stable_is_gone
        self._ask_person(ask_roll_back(stable, canary, reason=reason, gone=gone), Command.ROLL_BACK)

    def _is_over(self, command: Command) -> bool:
        """Say that a release that has ended takes no command, where it has; no question is opened for it."""
        release = self._story.release
        if release is None or release.end is None:
            return False
        self.say(f"{_in_words(command)}: {refusal(release, command, now=self._clock())}", bad=True)
        return True

    def _roll_back_dead(self, reason: str) -> None:
        """Start a worker that rolls back before it does anything else."""
        assert self._keeper is not None
        trouble = self._keeper.roll_back(reason=reason)
        self._dead = bool(trouble)
        words = "roll back: its worker was dead, another one rolls back first of all"
        self.say(f"roll back was refused: {trouble}" if trouble else words, bad=bool(trouble))

    def action_advance_blind(self) -> None:
        """Ask the person, then the worker."""
        release = self._story.release
        if release is None:
            return
        if self._is_over(Command.ADVANCE_BLIND):
            return
        reason = Reason.WANTED if wants_reason(release, Command.ADVANCE_BLIND) else Reason.NONE
        asked = ask_advance_blind(hidden_in_words(release) or "nothing was compared yet", reason=reason)
        self._ask_person(asked, Command.ADVANCE_BLIND)

    def action_override(self) -> None:
        """Ask the person, then the worker."""
        release = self._story.release
        if release is None:
            return
        if self._is_over(Command.OVERRIDE):
            return
        evidence = judge_in_words(release) or "nothing against it"
        self._ask_person(ask_override(evidence), Command.OVERRIDE)

    def action_revive(self) -> None:
        """Ask the person, then start a worker."""
        release = self._story.release
        if not self._dead or release is None:
            return

        def answer(reply: Reply | None) -> None:
            if reply is not None and reply.instead:
                self.action_roll_back()
            elif reply is not None and reply.yes:
                self._revive()

        asked = ask_revive(clock(self._story.last_at), release.weight)
        _ = self.push_screen(Question(asked, self.scene()), answer)

    def _revive(self) -> None:
        assert self._keeper is not None
        trouble = self._keeper.revive()
        self._dead = bool(trouble)
        self.say(trouble or "resume: a worker was started, it holds first", bad=bool(trouble))

    def _ask_at_once(self, command: Command) -> None:
        """Ask the worker; the person first only where the plan wants to know why."""
        release = self._story.release
        if self._is_over(command):
            return
        if release is not None and wants_reason(release, command):
            self._ask_person(ask_why(_in_words(command)), command)
        else:
            self._ask_worker(command)

    def _ask_person(self, asked: Asked, command: Command, *, reason: str = "") -> None:
        """Ask; what moves traffic forward is confirmed once more behind its reason, which is typed text."""

        def answer(reply: Reply | None) -> None:
            if reply is None or not reply.yes:
                return
            if asked.forward and asked.reason is not Reason.NONE:
                self._ask_person(replace(asked, reason=Reason.NONE), command, reason=reply.reason)
            else:
                self._ask_worker(command, reason=reply.reason or reason)

        _ = self.push_screen(Question(asked, self.scene()), answer)

    def _ask_worker(self, command: Command, *, reason: str = "") -> None:
        """Send a command without waiting for its answer here."""
        if command is Command.ROLL_BACK and self._keeper is not None and not self._keeper.lives():
            self._roll_back_dead(reason)
            return
        self.say(f"{_in_words(command)}: asking the worker")
        self.run_worker(self._send(command, reason), name=command, exit_on_error=True)

    async def _send(self, command: Command, reason: str) -> None:
        assert self._commands is not None
        try:
            refused = await self._commands.send(command, reason=reason)
        except (PitheadError, OSError) as error:
            refused = str(error) or type(error).__name__
        if refused:
            self.say(f"{_in_words(command)} was refused: {refused}", bad=True)
        else:
            self.say(f"{_in_words(command)}: taken")

    def action_log(self, lines: int) -> None:
        """Scroll the log."""
        self._main.scroll_log(lines)

    def action_help(self) -> None:
        """Show keys and words."""
        from screens.help import Help, words_of  # noqa: PLC0415 - the first frame does not wait for it

        scene = self.scene()
        keys = tuple(keys_bound(read_only=scene.read_only))
        _ = self.push_screen(Help(scene, keys, words_of(scene)))

    def action_zoom(self) -> None:
        """Show one chart large."""
        from screens.zoom import Zoom  # noqa: PLC0415 - as above

        _ = self.push_screen(Zoom(self.scene))

    def action_leave(self) -> None:
        """Leave, if no other letter follows: the rest of a text would go to the shell behind the screen."""
        self.when_alone(lambda: self.exit(self._story.release))

    def action_ask_to_leave(self) -> None:
        """Ask what ctrl+c was meant to do; where nothing goes on any more, just leave."""
        if self.scene().ended:
            self.action_leave()
            return

        def answer(reply: Reply | None) -> None:
            if reply is not None and reply.yes:
                self.action_leave()

        _ = self.push_screen(Question(ask_to_leave(self._leave_words), self.scene()), answer)

    async def action_quit(self) -> None:
        """Ctrl+q is Textual's own key: it means q here."""
        self.action_leave()


def _in_words(command: Command) -> str:
    return command.replace("_", " ")
