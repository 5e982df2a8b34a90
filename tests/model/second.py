"""A second worker of one release, on another host, by a copy of its folder, while the first is cut off."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from console.command import Command
from console.errors import JournalError
from console.host.control import Ask
from console.identity import Identity
from console.journal import read_journal
from console.release import events as ev
from console.release.fold import fold, fold_all
from console.release.state import Phase
from tests.model.line import Line
from tests.model.promises import Promises
from tests.model.setups import Setup
from tests.releases import ANA
from tests.worker.ports import Stand, World

NAME = "ana@bastion/checkout-1/0a/second"


class Second:
    """Drives the release that another worker drives too, as a person tells it to."""

    def __init__(
        self,
        setup: Setup,
        *,
        folder: Path,
        world: World,
        promises: Promises,
        identity: Identity | None,
        moved: bool,
    ) -> None:
        """Take the journal as it lies in `folder`; raises JournalError where nobody can go on with it."""
        past = read_journal(folder / "journal.jsonl")
        self._setup = setup
        self._world = world
        self._first = promises
        self._line = Line(world.router, NAME)
        self._over = world.router.weight
        self._line.before_write = self._before_write
        self._line.after_write = self._after_write
        self._folder = folder.with_name(f"{folder.name}-copy")
        shutil.copytree(folder, self._folder)
        try:
            self._stand = Stand(
                self._folder,
                setup.plan,
                attended=setup.attended,
                leased=setup.leased,
                world=world,
                line=self._line,
                identity=identity,
                moved=moved,
            )
        except JournalError:
            self.leave()
            raise
        self.promises = promises.of_the_past(past)
        self.promises.broken = []
        if world.router.marked:  # what a dead worker of this release has left there is its own
            self.promises.outrun = False
        release = fold_all(past)
        for record in self._stand.records:
            release = fold(release, record)
            self.promises.see(record, release)
        self._stand.book.add_listener(self._see)
        self._running = asyncio.ensure_future(self._stand.worker.run())

    @property
    def has_ended(self) -> bool:
        return self._stand.worker.release.phase is Phase.ENDED

    @property
    def has_held(self) -> bool:
        """Whether it has had the lease."""
        return bool(self._stand.all_of(ev.LeaseHeld))

    def ask(self, command: Command) -> None:
        """Let a person ask for something, whatever the answer is."""
        self._stand.worker.take(Ask(command=command, person=ANA, reason="the first one is cut off"))

    async def die(self) -> None:
        """Be gone, as far as a task can; the worker's own tasks end with it."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        self._stand.journal.close()
        self._stand.spare.let_go()
        self.leave()

    def leave(self) -> None:
        shutil.rmtree(self._folder)

    def _see(self, record: ev.Record) -> None:
        release = self._stand.book.release
        assert release is not None
        self.promises.see(record, release)

    def _before_write(self, weight: int) -> None:
        self._over = self._world.router.weight
        certain = not self._setup.leased or self._world.lease.certainly
        self.promises.written(weight, certain=certain, over=self._line.over)

    def _after_write(self, weight: int) -> None:
        self.promises.done(weight, uid=self._world.router.uid)
        if weight != self._over:
            self._first.another_wrote(weight)
