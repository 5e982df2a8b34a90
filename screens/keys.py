"""The one table of keys: bindings, hints and help are made from it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from console.command import Command
from console.policy.commands import spec_of
from console.policy.permit import refusal
from console.policy.suspicion import suspicion
from console.release.state import Release
from screens.view_state import ViewState


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

    @staticmethod
    def of(key: str, shown: str, action: str, about: str, *, hint: str = "", rank: int = 0) -> Key:
        """Write one in a line of a table."""
        return Key(key=key, shown=shown, action=action, hint=hint, about=about, rank=rank)


def _key_of(command: Command) -> Key:
    spec = spec_of(command)
    return Key(
        key=spec.key,
        shown=spec.key,
        action=f"command('{spec.key}')",
        hint=spec.hint,
        about=spec.about,
        command=command,
        rank=spec.rank,
    )


_IN_ORDER = sorted(Command, key=lambda command: spec_of(command).urgent)
"""The commands as the bar and the help have them: what is urgent stands at their end."""

KEYS = (
    *map(_key_of, _IN_ORDER),
    Key(
        key="r",
        shown="r",
        action="revive",
        hint="resume",
        about="where the worker is dead: resume the release here, holding first; asks first",
        revives=True,
        rank=11,
    ),
    Key.of("question_mark", "?", "help", "this page", hint="help", rank=5),
    Key.of("T", "T", "theme", "the next theme", hint="theme", rank=1),
    Key.of("z", "z", "zoom", "one chart large, with axes; z again: the next", hint="zoom", rank=2),
    Key.of("up,k", "up", "log(1)", "the log, one line back"),
    Key.of("down,j", "down", "log(-1)", "the log, one line on"),
    Key.of("g", "g", "log(100000)", "the log's beginning"),
    Key.of("G", "G", "log(-100000)", "the log's end"),
    Key.of("ctrl+l", "ctrl+l", "redraw", "draw the whole screen anew"),
    Key.of("q", "q", "leave", "leave the screen; the release goes on", hint="leave", rank=9),
    Key.of("ctrl+c", "ctrl+c", "ask_to_leave", "asks; never stops a release"),
)


def keys_bound(*, read_only: bool) -> Iterator[Key]:
    """Give the keys that this screen has at all."""
    return (key for key in KEYS if not read_only or not (key.command or key.revives))


def keys_now(release: Release | None, *, read_only: bool, now: float, dead: bool = False) -> Iterator[Key]:
    """Give the keys for the bar: those that would be taken if they were pressed now, each as it is meant."""
    taken = (
        key
        for key in keys_bound(read_only=read_only)
        if key.hint and (key.revives is dead or not (key.revives or _needs_worker(key)))
        if key.command is None or _is_offered(release, key.command, now)
    )
    # Of two commands on one key the second is meant: who waits for the judge resumes, and does not pause.
    yield from {key.key: key for key in taken}.values()


def keys_of(state: ViewState) -> Iterator[Key]:
    """Give the keys for the bar of an instant."""
    return keys_now(state.release, read_only=state.read_only, now=state.now, dead=state.dead)


def commands_on(key: str) -> list[Command]:
    """Give the commands of a key."""
    return [each.command for each in KEYS if each.key == key and each.command is not None]


def _needs_worker(key: Key) -> bool:
    """Whether a key asks something of a worker that must live: a rollback starts one."""
    return key.command is not None and not spec_of(key.command).urgent


def _is_offered(release: Release | None, command: Command, now: float) -> bool:
    """Whether it would be taken, and nobody is invited to more of what users may suffer from."""
    if release is None or refusal(release, command, now=now):
        return False
    return not spec_of(command).of_a_stage or suspicion(release, now=now) is None
