"""A state that goes from one journal to another: where a journal was cut, a new one begins with it. Pure.

What the worker knows is then all that is left of the records before. The plan is not in it: it stands in the
opening that a journal begins with.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import isfinite
from typing import Any

import msgspec
from msgspec.structs import replace

from console.errors import JournalError
from console.judge.memory import Memory, enter_stage
from console.plan.model import Plan
from console.release.numbers import LATEST
from console.release.state import Release

MOST_BYTES = 32 * 2**20
"""A state with a long window, a sample a second, has a few megabytes; a small text may unpack to anything."""
MOST_PACKED_BYTES = 2 * 2**20
"""A state's line in the journal stays below the longest that is read; one that is larger goes without its
windows, which begin anew."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Release).decode


def without_plan(release: Release) -> Release:
    """Return the release with no more of its plan than a plan must have: it may be long."""
    return replace(release, plan=replace(release.plan, stages=release.plan.stages[:1]))


def packed(release: Release) -> bytes:
    """Write a state down for the next journal."""
    # The plan is in the opening already, and may be the largest part of a state.
    whole = zlib.compress(_encode(without_plan(release)))
    if len(whole) <= MOST_PACKED_BYTES:
        return whole
    # What is given up is what comes back by itself: windows fill again within their own length. The keys'
    # evidence and the arrivals are kept, since nothing after the cut could make them again.
    memory = enter_stage(release.memory, at=release.stage_at)
    forgetful = replace(release, memory=replace(memory, arrivals=release.memory.arrivals))
    return zlib.compress(_encode(without_plan(forgetful)))


def unpacked(state: bytes, *, opened: Release) -> Release:
    """Read a state, for the release that its journal has opened; raises JournalError where it is none."""
    try:
        # `zlib.decompress` would unpack to any size: a few kilobytes of a stranger can hold gigabytes of
        # zeros.
        unpacking = zlib.decompressobj()
        release = _decode(unpacking.decompress(state, MOST_BYTES))
    except (zlib.error, msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise JournalError("the state that this journal begins with can't be read") from error
    if release.name != opened.name or not _can_be(release, opened.plan):
        raise JournalError("the state that this journal begins with is none of its release")
    return replace(release, plan=opened.plan)


def _can_be(release: Release, plan: Plan) -> bool:
    """Whether the records of a journal of this plan can have led to it: a stranger may have written it.

    The judge's are left to the fold: some of them are infinite from the start.
    """
    weights = (release.weight, release.back_to, *(write.weight for write in release.writes))
    return (
        -1 <= release.index < len(plan.stages)
        # A reading of a guard that the plan has not would be a KeyError at the next look, far from its
        # cause.
        and _reads_guards_of(plan, release)
        and all(weight is None or 0 <= weight <= 100 for weight in weights)  # noqa: PLR2004 - percent
        and 0 <= release.opened_at <= LATEST
        and all(map(isfinite, _numbers(replace(release, memory=Memory()))))
    )


def _reads_guards_of(plan: Plan, release: Release) -> bool:
    watched = {guard.name for guard in plan.stages[release.index].guards} if release.index >= 0 else set()
    return all(reading.guard in watched for reading in release.memory.readings)


def _numbers(value: Any) -> Iterator[float]:
    match value:
        case bool() | None | str() | bytes():
            return
        # After bool, which is an int: True is no number of seconds.
        case int() | float():
            yield value
        case dict():
            for each in value.values():
                yield from _numbers(each)
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from _numbers(each)
        case _:
            yield from _numbers(msgspec.to_builtins(value))
