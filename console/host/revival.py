"""Which of this host's dead releases get a worker again without being named, and how: a few at a time.

`pithead resume --all` comes here, and with it the systemd unit after a restart, when nobody watches. A
release that nobody has driven for long may have been mended by hand, or overtaken by a newer one: to take it
up would undo what was done since. It waits for a person who names it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from console.errors import UsageError
from console.host.launch import has_died, trouble_starting
from console.host.order import Order, read_order
from console.host.places import journal_of, log_of, order_of
from console.host.runs import Run

AT_ONCE = 4
"""Workers that start at the same time. Each takes a second or two of one core and a login to the cluster; 55
at once brought a machine to load 105 and let calls of the API time out, so that no release was watched."""
STARTS_WITHIN_S = 60.0
"""Then the next one is started, whatever became of this one: it holds up no other."""
POLL_S = 0.05
OLDER_THAN = "1d"
"""Nobody has driven a release for this long: what it knows of the traffic is of another day. A machine that
restarts, or a night without power, is shorter."""

Start = Callable[[Path], int]
"""Starts a worker for the release of a folder and gives its pid; raises PitheadError or OSError."""
Say = Callable[[str, str], None]
"""Hears the release's name, and what went wrong with it: nothing where its worker came up."""


class LeftAlone(Struct, frozen=True, kw_only=True):
    """A dead release that only a person takes up, and why."""

    name: str
    why: str
    mend: str

    @property
    def in_words(self) -> str:
        """Name it, with the reason and what a person may do."""
        return f"{self.name}: left alone: {self.why}; {self.mend}"


def to_revive(
    folders: Sequence[Path], runs: Sequence[Run], *, now: float, older_than_s: float
) -> tuple[list[Path], list[LeftAlone]]:
    """Divide the dead among `runs`, each of its folder: those to be taken up, and those left alone."""
    taken: list[Path] = []
    left: list[LeftAlone] = []
    for folder, run in zip(folders, runs, strict=True):
        if not run.dead:
            left += _unreadable(run)
            continue
        alone = _left_alone(run, runs, now=now, older_than_s=older_than_s, order=_order(folder))
        if alone is None:
            taken.append(folder)
        else:
            left.append(alone)
    return taken, left


def _unreadable(run: Run) -> list[LeftAlone]:
    """Name a release whose journal does not say that it has ended, and that nobody drives."""
    if run.live or run.ended is not None or run.person is not None:
        return []
    mend = f"pithead rollback {run.name} sends its traffic back"
    return [LeftAlone(name=run.name, why=run.trouble, mend=mend)]


def revive_each(
    folders: Iterable[Path],
    start: Start,
    *,
    say: Say,
    has_died: Callable[[int], bool] = has_died,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Start a worker for each release, `AT_ONCE` at a time: the next one when one has come up, or has not."""
    waiting, starting = deque(folders), list[_Starting]()
    while waiting or starting:
        while waiting and len(starting) < AT_ONCE:
            folder = waiting.popleft()
            begin = partial(_begin, starting, start, folder, until=clock() + STARTS_WITHIN_S)
            if trouble := trouble_starting(begin):
                say(folder.name, trouble)
        for one in [*starting]:
            gone = has_died(one.pid)  # before the journal is looked at: its last record counts
            if one.is_up() or gone or clock() > one.until:
                starting.remove(one)
                say(one.folder.name, "" if one.is_up() else _no_record(one, gone=gone))
        if starting:
            sleep(POLL_S)


def laboratory_is_gone(order: Order) -> bool:
    """Whether the order is for a laboratory of the demo that is not there any more.

    Demos of old kept their releases among the real ones. Their clusters were on loopback ports, which may be
    anybody's by now.
    """
    path = order.reach.kubeconfig
    return path is not None and Path(path).parent.name.startswith("pithead-lab-") and not Path(path).exists()


class _Starting(Struct, frozen=True, kw_only=True):
    """A worker on its way: its journal was `bytes` long before."""

    folder: Path
    pid: int
    bytes: int
    said: int
    """Bytes of its log that are of workers before it."""
    until: float

    def is_up(self) -> bool:
        """Whether it has written its first record, for which it needs its lock."""
        return _size(journal_of(self.folder)) > self.bytes


def _left_alone(
    run: Run, runs: Iterable[Run], *, now: float, older_than_s: float, order: Order | None
) -> LeftAlone | None:
    """Say why a dead release is not taken up by itself; None where it is."""
    if order is not None and laboratory_is_gone(order):
        mend = f"pithead forget {run.name} removes it"
        return LeftAlone(name=run.name, why="its laboratory is gone", mend=mend)
    mend = f"pithead resume {run.name} takes it up all the same"
    newer = _overtaken_by(run, runs)
    if newer is not None:
        why = f"{newer.name} is newer on the same route, {run.route}"
        return LeftAlone(name=run.name, why=why, mend=mend)
    silent_s = max(0.0, now - (run.last_at or 0.0))
    if silent_s > older_than_s:
        why = f"nobody has driven it for {_age(silent_s)}, longer than {_age(older_than_s)}"
        return LeftAlone(name=run.name, why=why, mend=mend)
    return None


def _overtaken_by(run: Run, runs: Iterable[Run]) -> Run | None:
    """Give the newest release of the same route that began later, and moved its traffic or still may."""
    newer = [one for one in runs if one.moves_the_same(run) and _began(one) > _began(run) and _counts(one)]
    return max(newer, key=_began, default=None)


def _counts(run: Run) -> bool:
    """Whether it has to do with the traffic: one that was refused before its first write has not."""
    return run.moved or run.live or run.dead


def _began(run: Run) -> tuple[float, str]:
    return (run.began_at or 0.0, run.name)


def _order(folder: Path) -> Order | None:
    try:
        return read_order(order_of(folder))
    except UsageError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _begin(starting: list[_Starting], start: Start, folder: Path, *, until: float) -> None:
    before, said = _size(journal_of(folder)), _size(log_of(folder))
    starting.append(_Starting(folder=folder, pid=start(folder), bytes=before, said=said, until=until))


def _no_record(one: _Starting, *, gone: bool) -> str:
    log = log_of(one.folder)
    if not gone:
        return f"its worker wrote nothing within {STARTS_WITHIN_S:.0f} s; what it said is in {log}"
    words = _last_words(log, one.said).removeprefix("pithead: ")
    mend = f"pithead rollback {one.folder.name} sends its traffic back"
    return f"its worker ended: {words}; {mend}" if words else f"its worker died without a word; {mend}"


def _last_words(log: Path, behind: int) -> str:
    """Give the last line that was written behind so many bytes; empty for none."""
    try:
        said = log.read_bytes()[behind:]
    except OSError:
        return ""
    return said.decode(errors="replace").strip().rpartition("\n")[2]


def _age(seconds: float) -> str:
    """Write an age in its largest unit: `3d`, `24h`, `90m`."""
    for size_s, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size_s:
            return f"{seconds // size_s:.0f}{unit}"
    return f"{seconds:.0f}s"
