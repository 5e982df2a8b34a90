"""The hash chain: each line carries a hash over its own text and the hash of the line before it. Pure.

It shows where a journal is not as it was written. Whoever may write the file can also compute the chain anew
from any line on; to rule that out, keep the chain's end, which `pithead verify` prints, somewhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

_MARK, _CLOSE = b',"chain":"', b'"}'
_HEX_DIGITS = 64
_SEAL_BYTES = len(_MARK) + _HEX_DIGITS + len(_CLOSE)
_HEAD = re.compile(rb'\{"n":([0-9]{1,15}),"at":([^,]{1,40}),"event":\{"kind":"([a-z_]{1,60})"')

MOST_BREAKS = 20
"""So many places are named; those beyond are counted."""


class Harm(StrEnum):
    """What was done to a journal."""

    CHANGED = "changed"
    """This line, or the one before it, is not as it was written."""
    REMOVED = "removed"
    """Records are missing before this line."""
    INSERTED = "inserted"
    """This line does not belong here."""


class Break(Struct, frozen=True, kw_only=True):
    """One place where the chain does not hold."""

    line: int
    """Counted from 1."""
    harm: Harm
    records: int = 0
    """How many records are missing, where some are."""


class Head(NamedTuple):
    """A line's number, time and kind of event."""

    n: int
    at: float
    kind: str


class ChainState(Struct, frozen=True, kw_only=True):
    """What a chain says of the lines that were read so far."""

    lines: int = 0
    sealed: int = 0
    """The lines that carry a hash; older pitheads wrote none."""
    end: str = ""
    """The last line's hash, in hex: of all that was read, one number to compare."""
    breaks: tuple[Break, ...] = ()
    more_breaks: int = 0
    """Breaks beyond those that are named."""
    ended: bool = False
    """Whether the release's own end is among the lines: else it goes on, died, or was cut off."""

    @property
    def whole(self) -> bool:
        """Whether every line that was read follows from the one before it."""
        return not self.breaks and self.sealed > 0


def seal(body: bytes, before: str) -> tuple[bytes, str]:
    """Give a record's line, which ends with its hash, and the hash; `before` is the last line's hash."""
    link = link_of(before, body[:-1])
    return body[:-1] + _MARK + link.encode() + _CLOSE, link


def state_of(lines: Iterable[bytes]) -> ChainState:
    """Give the chain's state after whole lines, without their newlines."""
    chain = Chain()
    for line in lines:
        chain.take(line)
    return chain.state


class Chain:
    """Follows a chain line by line."""

    def __init__(self, after: ChainState = ChainState(), *, number: int = 0) -> None:  # noqa: B008 - frozen
        """Begin behind the lines that `after` tells of, the last of which was record `number`."""
        self._lines = after.lines
        self._sealed = after.sealed
        self._end = after.end
        self._held = ""
        """The end before the lines that do not fit, for as long as they go on."""
        self._number = number
        self._breaks: list[Break] = list(after.breaks)
        self._misfits = 0
        """Lines in a row, up to the last one, that carry no hash where they should, or a wrong one."""
        self._more = after.more_breaks
        self._ended = after.ended

    @property
    def state(self) -> ChainState:
        """What can be said by now."""
        return ChainState(
            lines=self._lines,
            sealed=self._sealed,
            end=self._end,
            breaks=tuple(self._breaks),
            more_breaks=self._more,
            ended=self._ended,
        )

    def take(self, line: bytes) -> None:
        """Take the next whole line, without its newline."""
        self._lines += 1
        head = head_of(line)
        number = head.n if head else None
        self._ended |= head is not None and head.kind == "release_ended"
        body, stated = unseal(line)
        link = link_of(self._end, body)
        if stated is None:
            self._unsealed(link, number)
        elif stated == link:
            self._fits(stated, number)
        elif self._misfits and stated == link_of(self._held, body):
            self._rename_misfits(Harm.INSERTED)
            self._fits(stated, number)
        else:
            self._misfit(stated, number)

    def _unsealed(self, link: str, number: int | None) -> None:
        if self._sealed:
            self._note(Break(line=self._lines, harm=Harm.INSERTED))
            return
        # A journal from before the chain: its hashes are computed, so that a later line vouches for them.
        self._end = link
        self._number = number or self._number

    def _fits(self, stated: str, number: int | None) -> None:
        self._sealed += 1
        self._end = stated
        self._misfits = 0
        self._number = number or self._number

    def _misfit(self, stated: str, number: int | None) -> None:
        missing = (number or 0) - self._number - 1
        misfits = self._misfits
        if missing > 0 and missing == misfits:
            # As many lines that do not fit as there are records missing: these are what became of them.
            self._rename_misfits(Harm.CHANGED)
            self._fits(stated, number)
            return
        harm = Harm.REMOVED if missing > 0 else Harm.INSERTED if missing < 0 else Harm.CHANGED
        self._note(Break(line=self._lines, harm=harm, records=max(0, missing)))
        self._sealed += 1
        self._end = stated
        if harm is not Harm.INSERTED:
            self._number = number or self._number

    def _note(self, broken: Break) -> None:
        if not self._misfits:
            self._held = self._end
        self._misfits += 1
        if len(self._breaks) < MOST_BREAKS:
            self._breaks.append(broken)
        else:
            self._more += 1

    def _rename_misfits(self, harm: Harm) -> None:
        first = self._lines - self._misfits
        self._breaks = [
            replace(broken, harm=harm, records=0) if broken.line >= first else broken
            for broken in self._breaks
        ]


def head_of(line: bytes) -> Head | None:
    """Give what stands first in a line of ours, without reading the rest; None for any other line."""
    found = _HEAD.match(line)
    try:
        return Head(n=int(found[1]), at=float(found[2]), kind=found[3].decode()) if found else None
    except ValueError:
        return None


def ends_with(text: bytes, state: ChainState) -> bool:
    """Whether a text ends with the last line that `state` tells of; an unbroken chain is meant."""
    return text.endswith(_MARK + state.end.encode() + _CLOSE + b"\n") and bool(state.end)


def seam_of(state: ChainState) -> bytes:
    """Give what the last line that `state` tells of ends with; nothing where that is not known."""
    return _MARK + state.end.encode() + _CLOSE + b"\n" if state.end and state.sealed else b""


def link_of(before: str, body: bytes) -> str:
    """Hash a line without its seal and without its closing brace."""
    return sha256(before.encode() + body).hexdigest()


def unseal(line: bytes) -> tuple[bytes, str | None]:
    """Part a line into what its hash speaks of, which lacks the closing brace, and the hash it carries."""
    at = len(line) - _SEAL_BYTES
    if at < 0 or not line.startswith(_MARK, at) or not line.endswith(_CLOSE):
        return line[:-1], None
    stated = line[at + len(_MARK) : -len(_CLOSE)]
    return line[:at], stated.decode("ascii", "replace")
