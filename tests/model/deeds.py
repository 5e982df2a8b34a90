"""A sequence of deeds out of bytes: so hypothesis can draw a hundred sequences at once, and shrink them.

Zeros are the plainest sequence: time passes, and nothing is wrong. Time and everything else take turns, but
time can be none at all, so that several things can happen at one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from console.command import Command
from tests.model.drive import Drive
from tests.model.surroundings import Harm, Mark, Other, Road, Weather, Wheel

TURNS = 8
SETUP_BYTES = 4
TURN_BYTES = 3
"""How long; which deed; how it is done."""
SEQUENCE_BYTES = SETUP_BYTES + TURN_BYTES * TURNS
TICKS = (2, 1, 2, 0, 3)
COMMANDS = (
    Command.PROMOTE,
    Command.RESUME,
    Command.APPROVE,
    Command.PAUSE,
    Command.ADVANCE_BLIND,
    Command.OVERRIDE,
    Command.PROMOTE,
    Command.RESUME,
    Command.PAUSE,
    Command.RESUME,
    Command.APPROVE,
    Command.ROLL_BACK,
)
WEATHERS = (*[Weather.FINE] * 6, *Weather, Weather.BAD, *[Weather.OUTAGE] * 3)
ROADS = (*[Road.CLEAR] * 9, *Road)
WHEELS = (*[Wheel.OURS, Wheel.UNCERTAIN] * 7, Wheel.TAKEN, Wheel.THEIRS)


class Deed(Struct, frozen=True):
    """One thing that can happen, and its share of all, of 256."""

    name: str
    share: int
    do: Callable[[Drive, int], None]
    """Does it; the number says how."""


def _ask(drive: Drive, how: int) -> None:
    command = COMMANDS[how % len(COMMANDS)]
    drive.ask(command, reason="" if how % 7 == 6 else "pager", read_only=how % 11 == 10)


def _apply(drive: Drive, how: int) -> None:
    drive.apply(Mark(how % 3), how % 101 if how % 2 else None)


PERSON = "a person asks"
DEEDS = (
    Deed("the weather turns", 63, lambda drive, how: drive.weather(WEATHERS[how % len(WEATHERS)])),
    Deed(PERSON, 80, _ask),
    Deed("the road changes", 32, lambda drive, how: drive.road(ROADS[how % len(ROADS)])),
    Deed("the lease changes", 15, lambda drive, how: drive.wheel(WHEELS[how % len(WHEELS)])),
    Deed("the disk changes", 11, lambda drive, how: drive.disk(full=how % 2 == 0)),
    Deed("someone meddles", 8, lambda drive, how: drive.meddle(how % 101)),
    Deed("the worker dies", 8, lambda drive, how: drive.crash(landed=how % 2 == 0)),
    Deed("the machine sleeps", 12, lambda drive, how: drive.sleep(float(1 + how * 3))),
    Deed("the route is made anew", 5, lambda drive, how: drive.anew(how % 101 if how % 2 else None)),
    Deed("the journal is harmed", 6, lambda drive, how: drive.harm(Harm(how % 7), dead=how % 2 == 0)),
    Deed("another goes by", 4, lambda drive, how: drive.overtake(by_a_copy=how % 2 == 1)),
    Deed("the host is lost", 2, lambda drive, how: drive.lose_host(away=how % 2 == 1)),
    Deed("the worker is cut off", 5, lambda drive, how: drive.cut_off(Other(how % 5))),
    Deed("a manifest is applied", 5, _apply),
)
_BY_BYTE = tuple(deed for deed in DEEDS for _ in range(deed.share))


def deed_of(byte: int) -> Deed:
    return _BY_BYTE[byte]


def sequences(data: bytes) -> Iterator[bytes]:
    """Cut the bytes into sequences."""
    for at in range(0, len(data) - SEQUENCE_BYTES + 1, SEQUENCE_BYTES):
        yield data[at : at + SEQUENCE_BYTES]


def setup_number(sequence: bytes) -> int:
    return int.from_bytes(sequence[:SETUP_BYTES], "little")


def turns(sequence: bytes) -> Iterator[tuple[int, Deed, int]]:
    """Give each turn: so many ticks, then a deed, and how it is done."""
    left = iter(sequence[SETUP_BYTES:])
    for long, what, how in zip(left, left, left, strict=True):
        yield TICKS[long % len(TICKS)], _BY_BYTE[what], how


assert len(_BY_BYTE) == 256, "a byte names one deed"
