"""Who can act when: what each command must come to in each state of a release, under each fault.

A rule, and no record of what was seen: the table is what it says of all cells, and `test_cells` holds the
program to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import product

from msgspec import Struct


class State(StrEnum):
    """How a release stands when something is asked of it."""

    PREFLIGHT = "preflight"
    RUNNING = "running"
    PAUSED = "paused"
    DEAD = "worker dead"
    BROKEN = "journal broken"
    """Its worker is dead, too."""
    LOST = "state folder lost"
    """Or another host: nothing of it is here, and its worker is dead."""
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"


class Command(StrEnum):
    """What can move traffic: keys by the socket, commands of the shell."""

    R = "R"
    P = "p"
    A = "a"
    B = "b"
    O = "O"  # noqa: E741 - the key's name
    SPACE = "space"
    ROLLBACK = "pithead rollback NAME"
    ROUTE = "pithead rollback --route"
    UNDO = "pithead undo NAME"
    STOP = "pithead stop --rollback NAME"
    RESUME = "pithead resume NAME"
    RESUME_ALL = "pithead resume --all"
    RUN = "pithead run PLAN"


class Fault(StrEnum):
    """What goes wrong in the instant before."""

    NONE = "nothing"
    DISK_FULL = "disk full"
    DISK_READ_ONLY = "disk read-only"
    JOURNAL_CUT = "journal cut in half"
    JOURNAL_GONE = "journal deleted"
    SOCKET_GONE = "socket deleted"
    WORKER_STOPPED = "worker stopped"
    API_HANGS = "API server does not answer"
    WRITES_FORBIDDEN = "API server forbids the write"
    ROUTE_DELETED = "route deleted"
    PLUGIN_HANGS = "credential plugin hangs"
    LOGGED_OUT = "credential ended, its plugin fails"
    ANOTHER_CLUSTER = "context leads to another cluster"


class Outcome(StrEnum):
    """What comes of a cell."""

    BACK = "goes back"
    """The canary is at 0%, and that is said."""
    LATER = "goes back once that is mended"
    """Nothing can be written now; one line says why, and the worker writes it once it can."""
    REFUSES = "refuses"
    """Nothing moves: one line says why, and what can be done."""
    FORWARD = "goes forward"
    STAYS = "moves nothing"
    """It is taken and said, and the weight stays: a clock that runs again, a release that is taken up."""
    NO_SCREEN = "no screen"
    """Without a record there is no screen that could take a key."""


class Cell(Struct, frozen=True, kw_only=True):
    """One cell of the table."""

    state: State
    command: Command
    fault: Fault

    @property
    def name(self) -> str:
        """Name it, for the test that tries it."""
        return f"{self.state}, {self.command}, {self.fault}"


KEYS = (Command.R, Command.P, Command.A, Command.B, Command.O, Command.SPACE)
NAMES_IT = (Command.ROLLBACK, Command.UNDO, Command.STOP, Command.RESUME)
"""Commands that name a release."""
LIVES = (State.PREFLIGHT, State.RUNNING, State.PAUSED)
ENDED = (State.PROMOTED, State.ROLLED_BACK)
MARKED = (State.RUNNING, State.PAUSED, State.DEAD, State.BROKEN, State.LOST)
"""States in which the object says which release it is about."""

JOURNAL = (Fault.JOURNAL_CUT, Fault.JOURNAL_GONE)
DISK = (Fault.DISK_FULL, Fault.DISK_READ_ONLY)
UNREACHED = (Fault.API_HANGS, Fault.ROUTE_DELETED, Fault.LOGGED_OUT)
"""The object can't be read, nor written, by anybody."""
UNREACHED_ANEW = (*UNREACHED, Fault.PLUGIN_HANGS)
"""Nor by who has no login yet; a living worker has one, which is good."""


def cells() -> Iterator[Cell]:
    """Give all cells of the table."""
    for state, command, fault in product(State, Command, Fault):
        yield Cell(state=state, command=command, fault=fault)


def outcome(cell: Cell) -> Outcome:
    """Say what must come of a cell."""
    if cell.command in KEYS:
        return _of_a_key(cell)
    return _SHELL[cell.command](cell)


# -- the way back -----------------------------------------------------------------------------------


def _back(cell: Cell) -> Outcome:
    """Say what comes of a rollback that a worker is asked for, or that one is started for."""
    state, fault = cell.state, cell.fault
    if state in LIVES:
        return _by_its_worker(state, fault)
    if fault in (*UNREACHED_ANEW, Fault.WRITES_FORBIDDEN, Fault.ANOTHER_CLUSTER):
        return Outcome.LATER
    return Outcome.BACK


def _by_its_worker(state: State, fault: Fault) -> Outcome:
    if fault is Fault.WORKER_STOPPED:
        return Outcome.LATER  # it takes the command once it wakes
    if state is State.PREFLIGHT:
        return Outcome.BACK  # there is nothing to be written
    return Outcome.LATER if fault in (*UNREACHED, Fault.WRITES_FORBIDDEN) else Outcome.BACK


def _rollback(cell: Cell) -> Outcome:
    if cell.state is State.LOST:
        return Outcome.REFUSES
    return _undone(cell) if _is_known_to_have_ended(cell) else _back(cell)


def _undone(cell: Cell) -> Outcome:
    """Say what comes of it where the release has ended, by its record."""
    if cell.state is State.ROLLED_BACK:
        return Outcome.BACK
    if cell.fault in (*UNREACHED_ANEW, Fault.ANOTHER_CLUSTER):
        return Outcome.REFUSES  # it begins with a look at the object and at stable's pods
    return Outcome.LATER if cell.fault is Fault.WRITES_FORBIDDEN else Outcome.BACK


def _is_known_to_have_ended(cell: Cell) -> bool:
    return cell.state in ENDED and cell.fault not in JOURNAL


def _undo(cell: Cell) -> Outcome:
    return _undone(cell) if _is_known_to_have_ended(cell) else Outcome.REFUSES


def _by_route(cell: Cell) -> Outcome:
    """Say what comes of it where the object itself is asked: it must be read, and it must be marked."""
    if cell.state not in MARKED or cell.fault in (*UNREACHED_ANEW, Fault.ANOTHER_CLUSTER):
        return Outcome.REFUSES
    return _back(cell)


# -- the way forward --------------------------------------------------------------------------------


def _of_a_key(cell: Cell) -> Outcome:
    if cell.state is State.LOST:
        return Outcome.NO_SCREEN
    if cell.command is Command.R:
        return Outcome.REFUSES if _is_known_to_have_ended(cell) else _back(cell)
    if cell.fault in (Fault.WORKER_STOPPED, Fault.SOCKET_GONE) or cell.state not in (
        State.RUNNING,
        State.PAUSED,
    ):
        return Outcome.REFUSES
    if cell.command is Command.SPACE and cell.state is State.PAUSED:
        return Outcome.STAYS
    if cell.command is Command.P and cell.state is State.RUNNING:
        return Outcome.REFUSES if cell.fault in _STOPS_FORWARD else Outcome.FORWARD
    return Outcome.REFUSES


_STOPS_FORWARD = (*UNREACHED, Fault.DISK_FULL, Fault.WRITES_FORBIDDEN)
"""A record that was deleted is made anew, and one that is open is written where nothing else can be."""


def _resume(cell: Cell) -> Outcome:
    if cell.state in ENDED and cell.fault is Fault.JOURNAL_CUT:
        return (
            Outcome.STAYS
        )  # its end is lost: it is refused, or finds its mark gone from the object, and holds
    if cell.state is State.DEAD and cell.fault not in (*DISK, Fault.JOURNAL_GONE, Fault.ANOTHER_CLUSTER):
        return Outcome.STAYS
    return Outcome.REFUSES


def _resume_all(cell: Cell) -> Outcome:
    """Say what comes of it where nobody names a release: a worker that can't be sure of its cluster holds."""
    elsewhere = cell.state is State.DEAD and cell.fault is Fault.ANOTHER_CLUSTER
    return Outcome.STAYS if elsewhere else _resume(cell)


def _run(cell: Cell) -> Outcome:
    stopped = cell.fault in (*UNREACHED_ANEW, *DISK, Fault.WRITES_FORBIDDEN)
    free = cell.state in (State.PREFLIGHT, State.ROLLED_BACK) or cell.fault is Fault.ANOTHER_CLUSTER
    if free and cell.fault is Fault.WRITES_FORBIDDEN:
        return Outcome.STAYS  # its preflight is passed, and each write is tried again
    if stopped:
        return Outcome.REFUSES
    return Outcome.FORWARD if free else Outcome.REFUSES


_SHELL = {
    Command.ROLLBACK: _rollback,
    Command.ROUTE: _by_route,
    Command.UNDO: _undo,
    Command.STOP: _rollback,
    Command.RESUME: _resume,
    Command.RESUME_ALL: _resume_all,
    Command.RUN: _run,
}
