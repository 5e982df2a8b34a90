"""`pithead status`."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from console.errors import ExitCode, UsageError
from console.host.alive import worker_of
from console.host.control import ControlClient
from console.host.person import who_is_there
from console.host.places import journal_of, socket_of
from console.journal import past_of
from console.plan.literal import literal, literal_json
from console.policy.explain import explain
from console.policy.headline import Line
from console.release.event_words import person_in_words
from console.release.state import Phase, Release
from screens.commands.attach import running_one
from screens.commands.found import named_to_read
from screens.commands.table import moment
from screens.figure_words import ago, stopwatch
from screens.say import say
from screens.silence import death_in_words, is_silent, silence_in_words

LONGEST_LINE = 1000
NARROWEST = 20
"""Characters: what is broken into less can't be read; the terminal breaks it."""


class Standing(Struct, frozen=True, kw_only=True):
    """A release at one instant, and whether someone drives it."""

    release: Release
    worker: int | None
    last_at: float
    now: float
    told: Line | None = None
    """What the worker says, where its journal does not reach us."""

    @property
    def dead(self) -> bool:
        """Whether it should go on and nobody drives it."""
        return self.worker is None and self.release.phase is not Phase.ENDED

    @property
    def line(self) -> Line:
        """Say why it is where it is; of a release that is over, as it was then."""
        if self.dead:
            return death_in_words(self.release, since=self.last_at, here=False)
        if is_silent(self.release, last_at=self.last_at, now=self.now):
            return self.told or silence_in_words(self.release, age_s=self.now - self.last_at, here=False)
        over = self.release.phase is Phase.ENDED
        return explain(self.release, now=self.last_at if over else self.now)


@click.command()
@click.argument("release", required=False)
@click.option("--json", "json", is_flag=True, help="One object.")
def command(release: str | None, *, json: bool) -> int:
    """Say where RELEASE stands, or the one that runs: its stage, its weight, and why it is not moving.

    The exit code is 0 while it goes on, 4 where its worker is dead, and its own once it has ended.
    """
    standing = _standing(named_to_read(release) if release is not None else running_one())
    say(as_json(standing) if json else as_text(standing, columns=_columns()))
    end = standing.release.end
    if end is not None:
        return end.exit_code
    return ExitCode.WORKER_DEAD if standing.dead else ExitCode.PROMOTED


def _columns() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _standing(folder: Path) -> Standing:
    # The worker first: one that ends in between leaves an end in the journal, and is not called dead.
    worker = worker_of(folder)
    past, now = past_of(journal_of(folder)), time.time()
    if past.release is None:
        raise UsageError(f"{folder.name} has no record yet", hint="its worker is starting, or died at once")
    release, last_at = past.release, past.place.at
    silent = worker is not None and is_silent(release, last_at=last_at, now=now)
    told = asyncio.run(ControlClient(socket_of(folder), who_is_there()).how()) if silent else None
    return Standing(release=release, worker=worker, last_at=last_at, now=now, told=told)


def as_text(standing: Standing, *, columns: int | None = None) -> str:
    """Write it in a few lines, broken between words where there are `columns`; a pipe gets one line a row."""
    release, line = standing.release, standing.line
    plan = release.plan
    stages, canary = len(plan.stages), plan.canary.name
    rows = (
        ("release", f"{release.name}, by {person_in_words(release.person)}"),
        (
            "of",
            f"{plan.service}, {plan.stable.name} to {canary}, in {release.cluster}/{plan.namespace}",
        ),
        ("stage", f"{release.index + 1} of {stages}" if release.stage else f"none yet of {stages}"),
        ("weight", "not known yet" if release.weight is None else f"{release.weight}% to {canary}"),
        (line.word, line.text),
        ("worker", _worker(standing)),
        *_journal(release),
        ("age", f"{stopwatch(_age_s(standing))}, begun {moment(release.opened_at)}"),
    )
    width = max(len(name) for name, _ in rows)
    return "\n".join(
        _row(name.ljust(width), literal(words, longest=LONGEST_LINE), columns) for name, words in rows
    )


def _row(name: str, words: str, columns: int | None) -> str:
    if columns is None:
        return f"{name}  {words}"
    from screens.rows import wrap  # noqa: PLC0415 - imports rich, which a pipe does not need

    room = max(NARROWEST, columns - len(name) - 2)
    return f"{name}  " + f"\n{'':{len(name)}}  ".join(wrap(words, room, rows=LONGEST_LINE))


def _journal(release: Release) -> Iterator[tuple[str, str]]:
    """Say where the record lacks its beginning."""
    if release.lost_records:
        yield "journal", f"was cut while the release ran: records up to {release.lost_records:,} are lost"


def _worker(standing: Standing) -> str:
    release = standing.release
    if release.phase is Phase.ENDED:
        return f"done since {moment(release.end.at if release.end else None)}"
    silent = ago(max(0.0, standing.now - standing.last_at))
    if standing.dead:
        since = f"DEAD since {moment(standing.last_at)}, {silent} ago"
        return f"{since}: nothing watches; pithead resume {release.name}"
    return f"alive, process {standing.worker}, last record {silent} ago"


def _age_s(standing: Standing) -> float:
    end = standing.release.end
    return (end.at if end else standing.now) - standing.release.opened_at


def as_json(standing: Standing) -> str:
    """Write it as one object."""
    release, line = standing.release, standing.line
    end = release.end
    told = {
        "release": release.name,
        "service": release.plan.service,
        "phase": release.phase,
        "stage": release.index + 1,
        "stages": len(release.plan.stages),
        "weight": release.weight,
        "word": line.word,
        "line": line.text,
        "worker": standing.worker,
        "worker_dead": standing.dead,
        "last_at": standing.last_at,
        "began_at": release.opened_at,
        "age_s": round(_age_s(standing), 3),
        "person": release.person,
        "outcome": end.outcome if end else None,
        "exit_code": end.exit_code if end else None,
    }
    return literal_json(msgspec.json.format(msgspec.json.encode(told), indent=2))
