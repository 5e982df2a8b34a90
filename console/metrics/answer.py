"""What Prometheus' query API answered, as records; below `prometheus`, which fetches it, and pure.

No NaN and no infinity leaves this file: a row without a finite value has None. `float("NaN") > limit` is
False, so a NaN that slips through would pass every guard.
"""

from __future__ import annotations

from math import isfinite

import msgspec
from msgspec import Struct

from console.errors import EvidenceError
from console.metrics.refusals import not_an_answer
from console.redact import without_secrets

_QUOTED = 200
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The exceptions of a decoder for a body of another shape."""


class Row(Struct, frozen=True, kw_only=True):
    """One series of an answer."""

    labels: dict[str, str]
    value: float | None
    """None where Prometheus said NaN, an infinity, or a native histogram."""


class Answer(Struct, frozen=True, kw_only=True):
    """The answer to one instant query: a vector, or a scalar as one row without labels."""

    rows: tuple[Row, ...]
    at_s: float | None
    """When Prometheus evaluated it, by its own clock; None where there are no rows."""
    scalar: bool = False
    warnings: tuple[str, ...] = ()
    """What Prometheus warned of: the rows are there all the same, but there may be more of them."""

    def number(self) -> float | None:
        """Return the one value, or None where there is no series or no finite value.

        Raises `EvidenceError` where several series came: which one would be meant?
        """
        if len(self.rows) > 1:
            raise EvidenceError(
                f"the query gives {len(self.rows)} series where one number is wanted",
                hint="wrap it in sum(...) or max(...)",
            )
        return self.rows[0].value if self.rows else None


class _VectorRow(Struct):
    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None
    histogram: tuple[float, msgspec.Raw] | None = None


class _Data(Struct, rename="camel"):
    result_type: str
    result: msgspec.Raw


class Reply(Struct, rename="camel"):
    """The envelope of an answer."""

    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    warnings: list[str] = []
    is_partial: bool = False


_REMARK = "PromQL info:"
"""So begin remarks on the query itself, which some releases of Prometheus put among the warnings."""

_REPLY = msgspec.json.Decoder(Reply)
_DATA = msgspec.json.Decoder(_Data)
_VECTOR = msgspec.json.Decoder(list[_VectorRow])
_SCALAR = msgspec.json.Decoder(tuple[float, str])


def decode(body: bytes, *, status: int, where: str) -> Answer:
    """Read the body of an answer from `/api/v1/query`; raises `EvidenceError` for any other body."""
    reply = unwrap(body, status=status, where=where)
    try:
        return _answer(_DATA.decode(reply.data), warnings=warnings_of(reply))
    except (*UNREADABLE, ValueError) as error:
        raise EvidenceError(f"{where} answered with JSON of an unknown shape: {error}") from error


def unwrap(body: bytes, *, status: int, where: str) -> Reply:
    """Open the envelope of an answer of the API; raises `EvidenceError` where it is no success."""
    try:
        reply = _REPLY.decode(body)
    except UNREADABLE:
        raise not_an_answer(body, status=status, where=where) from None
    if reply.status != "success":
        raise EvidenceError(f"{where} refused the query: {_short(reply.error) or f'HTTP {status}'}")
    if reply.is_partial:
        raise EvidenceError(
            f"{where} answered with a part of the data only: one of its stores is missing",
            hint="its page of stores says which",
        )
    return reply


def warnings_of(reply: Reply) -> tuple[str, ...]:
    """Return what speaks of missing data, each as one short line."""
    return tuple(_short(warning) for warning in reply.warnings if not warning.startswith(_REMARK))


def _answer(data: _Data, *, warnings: tuple[str, ...]) -> Answer:
    if data.result_type == "scalar":
        at_s, text = _SCALAR.decode(data.result)
        rows: tuple[Row, ...] = (Row(labels={}, value=finite(text)),)
        return Answer(rows=rows, at_s=at_s, scalar=True, warnings=warnings)
    if data.result_type != "vector":
        raise EvidenceError(
            f"the query gives a {data.result_type} where one value a series is wanted",
            hint="a range like x[5m] needs a function around it, such as rate()",
        )
    found = _VECTOR.decode(data.result)
    return Answer(
        rows=tuple(_row(each) for each in found),
        at_s=next((stamped[0] for each in found if (stamped := each.value or each.histogram)), None),
        warnings=warnings,
    )


def _row(row: _VectorRow) -> Row:
    return Row(labels=row.metric, value=finite(row.value[1]) if row.value else None)


def finite(text: str) -> float | None:
    """Read a value; None for NaN and the infinities."""
    value = float(text)
    return value if isfinite(value) else None


def _short(text: str) -> str:
    # Before it is cut: half of a secret would not be known any more.
    line = " ".join(without_secrets(text).split())
    return line if len(line) <= _QUOTED else line[: _QUOTED - 1] + "…"
