"""The screen's program: records in, keys out. It decides nothing, and the release needs it for nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from console.command import Command
from console.errors import PitheadError
from console.plan.units import clock
from console.policy.commands import spec_of
from console.policy.permit import refusal, wants_reason
from console.release.events import Record
from console.release.state import Release
from screens.bell import Bell
from screens.dialogs import (
    Asked,
    Question,
    Reason,
    Reply,
    ask_revive,
    ask_to_leave,
    ask_why,
    asked_of,
)
from screens.keys import commands_on, keys_bound, keys_of
from screens.main import Main
from screens.page import show_pages
from screens.themed_app import ThemedApp, collect_garbage_again
from screens.view_state import ViewState
from screens.watched import Watched

POLL_S = 0.2
"""How often the feed is asked; painted is once a second, or at once where something was decided."""
FRESH_S = 10.0
"""What is older calls nobody: a screen that comes back reads all that it missed."""


class PitheadApp(ThemedApp[Release | None]):
    """Watches one release; `run()` gives the last state that was seen, or None."""

    def __init__(
        self,
        watched: Watched,
        *,
        clock: Callable[[], float],
        leave_words: str,
    ) -> None:
        """`leave_words` are said where a person is asked whether to leave."""
        super().__init__(clock=clock)
        self._watched = watched
        self._bell = Bell(os.environ)
        self._leave_words = leave_words
        self._painted_second = 0
        self._main = Main()
        self.failure: PitheadError | None = None
        """Why the screen could not go on, where it could not: for whoever started it."""
        for key in keys_bound(read_only=watched.read_only):
            self.bind(key.key, key.action, description=key.about, show=False)

    @property
    def release(self) -> Release | None:
        """The last state that was seen; None before the first record."""
        return self._watched.release

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
            pressing, newest = self._watched.read()
        except PitheadError as error:
            self.failure = error
            self.exit()
            return
        pressing |= self._look_after_the_worker()
        self._ask_who_is_silent()
        self._call(newest)
        if pressing or self._watched.behind or int(self._clock()) != self._painted_second:
            self.paint()

    def paint(self) -> None:
        """Paint this instant."""
        self._painted_second = int(self._clock())
        state = self.view_state()
        self._main.show(state)
        show_pages(self.screen_stack, state)

    def view_state(self) -> ViewState:
        """Give this instant."""
        message, bad = self.message
        return self._watched.view_state(
            now=self._clock(), glyphs=self._glyphs, message=message, message_bad=bad
        )

    def _call(self, batch: Sequence[Record]) -> None:
        """Call a person who looks elsewhere; what was written long ago calls nobody."""
        release = self.release
        sound = self._bell.sound(release) if batch and release is not None else ""
        if sound and self._clock() - batch[-1].at < FRESH_S and not self._watched.behind:
            self.write_raw(sound)

    def _look_after_the_worker(self) -> bool:
        """See whether the worker lives, once a second; say whether that is another than before."""
        if int(self._clock()) == self._painted_second or not self._watched.look_after_the_worker():
            return False
        if self._watched.dead and not self._watched.read_only and len(self.screen_stack) == 1:
            self.call_after_refresh(self.action_revive)
        return True

    def _ask_who_is_silent(self) -> None:
        """Ask the worker itself, where its journal does not say how the release stands."""
        if self._watched.is_to_be_asked(now=self._clock()):
            self.run_worker(self._ask_how(), name="how", exit_on_error=True)

    async def _ask_how(self) -> None:
        await self._watched.ask_how()
        self.paint()
        await asyncio.sleep(POLL_S)
        self._watched.was_asked()

    async def _follow(self) -> None:
        while True:
            self.catch_up()
            to_next_second = 1.0 - self._clock() % 1.0
            await asyncio.sleep(0.0 if self._watched.reading else min(POLL_S, to_next_second + 0.001))

    def action_command(self, key: str) -> None:
        """Ask for what a key means now: the person first where the command wants it, then the worker."""
        if self._watched.read_only:
            return
        command, release = self._meant_by(key), self.release
        spec = spec_of(command)
        if spec.prompt is None:  # once no other letter has followed: a space is in every text
            self.when_alone(lambda: self._ask_at_once(self._meant_by(key)))
            return
        if release is None:
            refused = not spec.urgent
        else:
            refused = self._is_over(command) if spec.urgent else self._is_refused(release, command)
        if not refused:
            self._ask_person(asked_of(spec.prompt(release), reason=self._reason_for(command)), command)

    def _meant_by(self, key: str) -> Command:
        """Give the command of a key: of two the second one, where it would be taken."""
        release = self.release
        first, *others = commands_on(key)
        taken = (
            each for each in others if release is not None and not refusal(release, each, now=self._clock())
        )
        return next(taken, first)

    def _reason_for(self, command: Command) -> Reason:
        release = self.release
        if release is None or not wants_reason(release, command):
            return Reason.NONE
        return Reason.OFFERED if spec_of(command).urgent else Reason.WANTED

    def _is_over(self, command: Command) -> bool:
        """Say that a release that has ended takes no command, where it has; no question is opened for it."""
        release = self.release
        return release is not None and release.end is not None and self._is_refused(release, command)

    def _is_refused(self, release: Release, command: Command) -> bool:
        """Say why a command would be refused, where it would: no question is opened only to be refused."""
        refused = refusal(release, command, now=self._clock())
        if refused:
            self.say(f"{_in_words(command)}: {refused}", bad=True)
        return bool(refused)

    def _roll_back_dead(self, reason: str) -> None:
        """Start a worker that rolls back before it does anything else."""
        trouble = self._watched.roll_back_dead(reason=reason)
        words = "roll back: its worker was dead, another one rolls back first of all"
        self.say(f"roll back was refused: {trouble}" if trouble else words, bad=bool(trouble))

    def action_revive(self) -> None:
        """Ask the person, then start a worker."""
        release = self.release
        if not self._watched.dead or release is None:
            return

        def answer(reply: Reply | None) -> None:
            if reply is not None and reply.instead:
                self.action_command(spec_of(Command.ROLL_BACK).key)
            elif reply is not None and reply.yes:
                self._revive()

        asked = ask_revive(clock(self._watched.last_at), release.weight)
        _ = self.push_screen(Question(asked, self.view_state()), answer)

    def _revive(self) -> None:
        trouble = self._watched.revive()
        self.say(trouble or "resume: a worker was started, it holds first", bad=bool(trouble))

    def _ask_at_once(self, command: Command) -> None:
        """Ask the worker; the person first only where the plan wants to know why."""
        release = self.release
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

        _ = self.push_screen(Question(asked, self.view_state()), answer)

    def _ask_worker(self, command: Command, *, reason: str = "") -> None:
        """Send a command without waiting for its answer here."""
        if command is Command.ROLL_BACK and not self._watched.lives:
            self._roll_back_dead(reason)
            return
        self.say(f"{_in_words(command)}: asking the worker")
        self.run_worker(self._send(command, reason), name=command, exit_on_error=True)

    async def _send(self, command: Command, reason: str) -> None:
        refused = await self._watched.send(command, reason=reason)
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

        state = self.view_state()
        keys = tuple(keys_bound(read_only=state.read_only))
        _ = self.push_screen(Help(state, keys, words_of(state), keys_of))

    def action_zoom(self) -> None:
        """Show one chart large."""
        from screens.zoom import Zoom  # noqa: PLC0415 - as above

        keys = tuple(keys_bound(read_only=self._watched.read_only))
        _ = self.push_screen(Zoom(self.view_state, keys, keys_of))

    def action_leave(self) -> None:
        """Leave, if no other letter follows: the rest of a text would go to the shell behind the screen."""
        self.when_alone(lambda: self.exit(self.release))

    def action_ask_to_leave(self) -> None:
        """Ask what ctrl+c was meant to do; where nothing goes on any more, just leave."""
        if self.view_state().ended:
            self.action_leave()
            return

        def answer(reply: Reply | None) -> None:
            if reply is not None and reply.yes:
                self.action_leave()

        _ = self.push_screen(Question(ask_to_leave(self._leave_words), self.view_state()), answer)


def _in_words(command: Command) -> str:
    return command.replace("_", " ")
