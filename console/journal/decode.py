"""A line of a journal made into a record, or an error: a stranger may have sent it, so nothing is trusted."""

from __future__ import annotations

from operator import lt
from typing import get_args

import msgspec

from console.errors import JournalError
from console.evidence import Look, Sample
from console.plan.literal import literal
from console.release.events import FORMAT, AnyEvent, Record, ReleaseOpened, SampleTaken

_LONGEST_REASON = 300
_KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(AnyEvent))


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """A record whose event only a later pithead knows."""

    n: int
    at: float


class _Event(msgspec.Struct):
    kind: str


class _Envelope(msgspec.Struct):
    n: int
    at: float
    event: _Event


_decoder = msgspec.json.Decoder(Record)
_envelope = msgspec.json.Decoder(_Envelope)


def decode(line: bytes) -> Record | Later:
    """Read one line; raises JournalError with the reason, without the place."""
    try:
        record = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if (later := _later(line)) is not None:
            return later
        why = literal(str(error), longest=_LONGEST_REASON)
        raise JournalError(f"this line is no record of a release: {why}") from error
    _refuse_what_cannot_be(record.event)
    return record


def _later(line: bytes) -> Later | None:
    try:
        found = _envelope.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if found.event.kind in _KINDS else Later(n=found.n, at=found.at)


def _refuse_what_cannot_be(event: AnyEvent) -> None:
    """Refuse what no type can say."""
    if isinstance(event, SampleTaken) and not _has_sound_buckets(event.sample):
        raise JournalError("this line is no record of a release: its latency buckets are not in order")
    if isinstance(event, ReleaseOpened) and event.format > FORMAT:
        raise JournalError(
            f"the journal has format {event.format}, this pithead reads up to {FORMAT}",
            hint=f"read it with pithead {literal(event.pithead)} or later",
        )


def _has_sound_buckets(sample: Sample) -> bool:
    bounds = sample.bounds_ms
    return (
        all(map(lt, (0.0, *bounds), bounds))
        and _fits(sample.stable, len(bounds))
        and _fits(sample.canary, len(bounds))
    )


def _fits(look: Look, bounds: int) -> bool:
    return look.counts is None or len(look.counts.latency) in (0, bounds + 1)
