"""What a screen holds of one release: its records, its driver and keeper, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from console.command import Command
from console.errors import PitheadError
from console.policy.headline import Line
from console.release.events import Record
from console.release.state import Release
from screens.feed import Driver, Feed, Keeper
from screens.glyphs import Glyphs
from screens.reader import Latest, Reader
from screens.view_state import FIRST_RECORD, Story, ViewState


class Watched:
    """One release, as a screen that may not show it just now knows it."""

    def __init__(
        self,
        feed: Feed,
        driver: Driver | None,
        *,
        waiting_for: str = FIRST_RECORD,
        keeper: Keeper | None = None,
        latest: Latest | None = None,
    ) -> None:
        """Without a `driver` it is only looked at; `latest` is how it stands by a checkpoint."""
        self._reader = Reader(feed, waiting_for=waiting_for, latest=latest)
        self._driver = driver
        self._keeper = keeper
        self._told: Line | None = None
        self._asks_how = False
        self.dead = False
        """Whether the release should go on and nobody drives it, as far as was seen."""

    @property
    def read_only(self) -> bool:
        """Whether nobody takes commands to it from here."""
        return self._driver is None

    @property
    def release(self) -> Release | None:
        """The last state that was seen; None before the first record."""
        return self._story.release

    @property
    def last_at(self) -> float:
        """When its last record was written; 0 before the first."""
        return self._story.last_at

    @property
    def behind(self) -> str:
        """How much has come that the story does not have yet, in words; empty where it has all."""
        return self._reader.behind

    @property
    def reading(self) -> bool:
        """Whether there are records to be read at once."""
        return self._reader.reading

    @property
    def lives(self) -> bool:
        """Whether a worker drives it; also where nobody here can tell."""
        return self._keeper is None or self._keeper.lives()

    @property
    def _story(self) -> Story:
        return self._reader.story

    def read(self) -> tuple[bool, Sequence[Record]]:
        """Take up what is new, as `Reader.read` does; raises JournalError where a line is no record."""
        return self._reader.read()

    def look_after_the_worker(self) -> bool:
        """See whether the worker lives; say whether that is another than before."""
        release = self.release
        if self._keeper is None or release is None or self.behind:
            return False
        before = self.dead
        self.dead = release.end is None and not self._keeper.lives()
        return self.dead is not before

    def is_to_be_asked(self, *, now: float) -> bool:
        """Whether the worker itself should be asked how the release stands: its journal does not say it."""
        if self.dead or not self._story.is_silent(now=now):
            self._told = None
            return False
        return self._driver is not None and not self._asks_how

    async def ask_how(self) -> None:
        """Ask it, once at a time."""
        assert self._driver is not None
        self._asks_how = True
        self._told = await self._driver.how()

    def was_asked(self) -> None:
        """Let it be asked again."""
        self._asks_how = False

    async def send(self, command: Command, *, reason: str) -> str:
        """Take a command to the worker; gives the refusal in words, also where nobody answers."""
        assert self._driver is not None
        try:
            return await self._driver.send(command, reason=reason)
        except (PitheadError, OSError) as error:
            return str(error) or type(error).__name__

    def roll_back_dead(self, *, reason: str) -> str:
        """Start a worker that rolls back before it does anything else; gives what went wrong, or nothing."""
        assert self._keeper is not None
        return self._started(self._keeper.roll_back(reason=reason))

    def revive(self) -> str:
        """Start a worker that goes on, holding first; gives what went wrong, or nothing."""
        assert self._keeper is not None
        return self._started(self._keeper.revive())

    def _started(self, trouble: str) -> str:
        self.dead = bool(trouble)
        return trouble

    def view_state(self, *, now: float, glyphs: Glyphs, message: str, message_bad: bool) -> ViewState:
        """Give this instant; without a message it says how much of its past is still to be read."""
        history = self._reader.history
        return self._story.view_state(
            now=now,
            glyphs=glyphs,
            read_only=self.read_only,
            message=message or (f"reading what came before: {history}" if history else ""),
            message_bad=message_bad,
            behind=self.behind,
            dead=self.dead,
            told=self._told,
        )
