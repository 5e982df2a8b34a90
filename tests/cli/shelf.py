"""A home with releases in it, as workers leave them on disk, and a worker to be asked."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from console.host.alive import only_worker
from console.host.control import Ask, Standing, serve
from console.host.places import journal_of, releases_folder, socket_of
from console.journal import Journal
from console.policy.explain import explain
from console.policy.how_far import how_far
from console.policy.permit import event_for, refusal
from console.release import events as ev
from screens import cli
from tests.releases import PREFLIGHT, Story, counts, guard, plan, sample, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from console.policy.headline import Line
    from console.release.state import Release

PROMOTED = ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="v2 passed every stage")


def typed(*args: str | Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Type a command, and give its exit code."""
    monkeypatch.setattr("sys.argv", ["pithead", *map(str, args)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


AT = 1_790_000_000.0


def begun(*, of: str = "checkout", at: float = AT, router: dict[str, Any] | None = None) -> Story:
    """A release of the route `of` in its first stage, at 10%; or of another router."""
    here = plan(stage(10, guard()), stage(100, guard()))
    story = Story(replace(here, router=router or {**here.router, "virtual_service": of}), at=at)
    story.tell(PREFLIGHT, ev.RouterSeen(weight=0), ev.StageEntered(stage=0))
    story.enter(0)
    story.ticks([sample(canary=counts(100))] * 3)
    return story


def ended(*, of: str = "checkout", at: float = AT) -> Story:
    """A release that was promoted, and told someone of it afterwards."""
    story = begun(of=of, at=at)
    story.tell(PROMOTED, after_s=5.0)
    story.tell(ev.Notified(to="env:X", occasion="promoted", took_ms=1.0), after_s=1.0)
    return story


def refused() -> Story:
    """A release whose preflight failed."""
    story = Story(plan(stage(10, guard()), stage(100, guard())), at=AT)
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.REFUSED, exit_code=3, reason="cluster: it is not there"))
    return story


def kept(name: str, story: Story) -> Path:
    """Put a release on the shelf."""
    folder = releases_folder() / name
    folder.mkdir(parents=True)
    with Journal(journal_of(folder)) as journal:
        for record in story.records:
            journal.append(record)
    return folder


class Worker:
    """Stands for a worker: it takes commands, and writes down what a test lets follow."""

    def __init__(self, folder: Path, story: Story, then: Callable[[Ask], tuple[ev.AnyEvent, ...]]) -> None:
        self._story = story
        self._then = then
        self._path = journal_of(folder)
        self._folder = folder
        self.asks: list[Ask] = []
        self.refuses = ""
        self.verdict: Line | None = None
        """What is told to who asks how the release stands."""

    def take(self, ask: Ask) -> str:
        self.asks.append(ask)
        release = self._story.release
        refused = self.refuses or refusal(release, ask.command, now=self._story.at)
        if not refused:
            self.tell(event_for(ask.command, ask.person, reason=ask.reason), *self._then(ask))
        return refused

    def standing(self) -> Standing | None:
        """Answer who asks how the release stands."""
        release = self._story.release
        line = self.verdict or explain(release, now=self._story.at)
        back = how_far(release, now=self._story.at)
        return Standing(line=line, back=back, paused=release.paused_by is not None)

    def tell(self, *events: ev.AnyEvent) -> Release:
        """Write on: the journal's lines carry no hash here, as an older pithead's do."""
        known = len(self._story.records)
        release = self._story.tell(*events, after_s=0.1)
        with self._path.open("ab") as file:
            for record in self._story.records[known:]:
                file.write(msgspec.json.encode(record) + b"\n")
        return release


@contextmanager
def working(
    folder: Path, story: Story, *, then: Callable[[Ask], tuple[ev.AnyEvent, ...]] = lambda _ask: ()
) -> Iterator[Worker]:
    """Let a worker live while this lasts."""
    worker, ready, over = Worker(folder, story, then), Event(), Event()

    async def live() -> None:
        async with await serve(socket_of(folder), worker.take, tell=worker.standing):
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = Thread(target=lambda: asyncio.run(live()))
    with only_worker(folder):
        thread.start()
        ready.wait(60)
        try:
            yield worker
        finally:
            over.set()
            thread.join()
            socket_of(folder).unlink(missing_ok=True)
