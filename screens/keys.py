"""The one table of keys: bindings, hints and help are made from it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from console.policy.permit import Command, refusal
from console.policy.suspicion import suspicion
from console.release.state import Release


class Key(Struct, frozen=True, kw_only=True):
    """One key and what it does."""

    key: str
    """Textual's name of it."""
    shown: str
    action: str
    hint: str
    """One or two words for the bar; empty where it is only in the help."""
    about: str
    """What it does, for the help."""
    command: Command | None = None
    """What it asks of the worker; such a key is not there in a read-only screen."""
    revives: bool = False
    """Whether it is there only while the release has no worker."""
    rank: int = 0
    """A higher one stays longer when the bar gets narrow."""


KEYS = (
    Key(
        key="space",
        shown="space",
        action="pause_or_resume",
        hint="pause",
        about="stop the clock at once; guards still watch",
        command=Command.PAUSE,
        rank=8,
    ),
    Key(
        key="space",
        shown="space",
        action="pause_or_resume",
        hint="resume",
        about="let the clock run; after a change from outside: write our weight again",
        command=Command.RESUME,
        rank=8,
    ),
    Key(
        key="p",
        shown="p",
        action="promote",
        hint="promote",
        about="go to the next stage now; asks first, P confirms",
        command=Command.PROMOTE,
        rank=6,
    ),
    Key(
        key="a",
        shown="a",
        action="approve",
        hint="approve",
        about="approve the step out of this stage",
        command=Command.APPROVE,
        rank=7,
    ),
    Key(
        key="b",
        shown="b",
        action="advance_blind",
        hint="advance blind",
        about="take the next weight though this one could still hide damage; asks first",
        command=Command.ADVANCE_BLIND,
        rank=7,
    ),
    Key(
        key="O",
        shown="O",
        action="override",
        hint="go on anyway",
        about="go on against the judge: another one begins, with nothing proven; asks why",
        command=Command.OVERRIDE,
        rank=4,
    ),
    Key(
        key="R",
        shown="R",
        action="roll_back",
        hint="roll back",
        about="send all requests back to stable: R, then Enter",
        command=Command.ROLL_BACK,
        rank=10,
    ),
    Key(
        key="r",
        shown="r",
        action="revive",
        hint="resume",
        about="where the worker is dead: resume the release here, holding first; asks first",
        revives=True,
        rank=11,
    ),
    Key(key="question_mark", shown="?", action="help", hint="help", about="this page", rank=5),
    Key(key="T", shown="T", action="theme", hint="theme", about="the next theme", rank=1),
    Key(
        key="z",
        shown="z",
        action="zoom",
        hint="zoom",
        about="one chart large, with axes; z again: the next",
        rank=2,
    ),
    Key(key="up,k", shown="up", action="log(1)", hint="", about="the log, one line back"),
    Key(key="down,j", shown="down", action="log(-1)", hint="", about="the log, one line on"),
    Key(key="g", shown="g", action="log(100000)", hint="", about="the log's beginning"),
    Key(key="G", shown="G", action="log(-100000)", hint="", about="the log's end"),
    Key(key="ctrl+l", shown="ctrl+l", action="redraw", hint="", about="draw the whole screen anew"),
    Key(
        key="q",
        shown="q",
        action="leave",
        hint="leave",
        about="leave the screen; the release goes on",
        rank=9,
    ),
    Key(key="ctrl+c", shown="ctrl+c", action="ask_to_leave", hint="", about="asks; never stops a release"),
)


def keys_bound(*, read_only: bool) -> Iterator[Key]:
    """Give the keys that this screen has at all."""
    return (key for key in KEYS if not read_only or not (key.command or key.revives))


def keys_now(release: Release | None, *, read_only: bool, now: float, dead: bool = False) -> Iterator[Key]:
    """Give the keys for the bar: those that would be taken if they were pressed now."""
    for key in keys_bound(read_only=read_only):
        if not key.hint or (key.revives is not dead and (key.revives or _needs_worker(key))):
            continue
        if key.command is None or _is_offered(release, key.command, now):
            yield key


def _needs_worker(key: Key) -> bool:
    """Whether a key asks something of a worker that must live: a rollback starts one."""
    return key.command is not None and key.command is not Command.ROLL_BACK


_FORWARD = frozenset({Command.APPROVE, Command.PROMOTE, Command.ADVANCE_BLIND})


def _is_offered(release: Release | None, command: Command, now: float) -> bool:
    """Whether it would be taken, and nobody is invited to more of what users may suffer from."""
    if release is None or refusal(release, command, now=now):
        return False
    return command not in _FORWARD or suspicion(release, now=now) is None
