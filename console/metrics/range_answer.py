"""What Prometheus' range API answered, as records; beside `answer`, and pure.

A range query evaluates its expression at every step, exactly as an instant query at that time would. So it
can be taken apart again into the answers of instant queries.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec
from msgspec import Struct

from console.errors import EvidenceError
from console.metrics.answer import UNREADABLE, Answer, Row, finite, unwrap, warnings_of


class Track(Struct, frozen=True, kw_only=True):
    """One series of an answer, over time."""

    labels: dict[str, str]
    points: tuple[tuple[float, float | None], ...]
    """When, by Prometheus' clock, and the value: None where it is not finite. Empty steps are absent."""


class RangeAnswer(Struct, frozen=True, kw_only=True):
    """The answer to one range query."""

    tracks: tuple[Track, ...]
    warnings: tuple[str, ...] = ()

    def instants(self) -> dict[float, Answer]:
        """Return the answers that instant queries would have got, by time; a step without a row is absent."""
        rows: defaultdict[float, list[Row]] = defaultdict(list)
        for track in self.tracks:
            for at_s, value in track.points:
                rows[at_s].append(Row(labels=track.labels, value=value))
        return {
            at_s: Answer(rows=tuple(found), at_s=at_s, warnings=self.warnings)
            for at_s, found in sorted(rows.items())
        }


class _Series(Struct):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []


class _Data(Struct, rename="camel"):
    result_type: str
    result: list[_Series]


_DATA = msgspec.json.Decoder(_Data)


def decode_range(body: bytes, *, status: int, where: str) -> RangeAnswer:
    """Read the body of an answer from `/api/v1/query_range`, or raise `EvidenceError`."""
    reply = unwrap(body, status=status, where=where)
    try:
        data = _DATA.decode(reply.data)
        tracks = tuple(
            Track(labels=series.metric, points=tuple((at_s, finite(text)) for at_s, text in series.values))
            for series in data.result
        )
    except (*UNREADABLE, ValueError) as error:
        raise EvidenceError(f"{where} answered with JSON of an unknown shape: {error}") from error
    return RangeAnswer(tracks=tracks, warnings=warnings_of(reply))
