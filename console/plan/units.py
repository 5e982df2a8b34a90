"""Amounts as people write them, read and printed: `5%`, `0.5pp`, `1h30m`, `500ms`, `512Mi`.

Each `parse_*` takes the text of one value and gives it in the engine's own unit, or raises `BadValue` with
words that say what would be right. Zero needs no unit anywhere.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from console.plan.literal import quoted

LONGEST_DURATION_S = 30 * 86400.0

_DAY_S = 86400
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BYTES = _BINARY | _DECIMAL

_NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_AMOUNT = re.compile(rf"(-?{_NUMBER})\s*(\S*)", re.ASCII)
_COMMA = re.compile(r"([0-9]{1,12}),([0-9]{1,9}\S{0,9})", re.ASCII)
_DURATION = re.compile(rf"(?:{_NUMBER}(?:ms|[smhd]))+", re.ASCII)
_DURATION_PART = re.compile(rf"({_NUMBER})(ms|[smhd])", re.ASCII)


class BadValue(ValueError):  # noqa: N818 - it is the value that is bad
    """A text that does not say what its place needs; `hint` says what would."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class _Amount(NamedTuple):
    number: Decimal
    unit: str


def parse_duration_s(text: str, *, longest_s: float = LONGEST_DURATION_S) -> float:
    """Read seconds of `500ms`, `30s`, `1h30m`, `1d`; raises `BadValue` beyond `longest_s` too."""
    if text == "0":
        return 0.0
    if not _DURATION.fullmatch(text):
        raise _no_duration(text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    if seconds > longest_s:
        raise BadValue(f"{quoted(text)} is too long", hint=f"write at most {longest_s / _SECONDS['d']:.0f}d")
    return round(seconds, 6)


def parse_percent(text: str) -> float:
    """Read `5%` as a ratio of 0..1; raises `BadValue` for a number without the unit."""
    amount = _split(text, unit_hint="write a percentage like 1%")
    if amount.unit in ("pp", "points"):
        raise BadValue(
            f"{quoted(text)} is a difference in points where a percentage is wanted",
            hint=f"write {amount.number}%",
        )
    if not amount.unit and 0 < amount.number < 1:
        ratio, percent = words_number(float(amount.number)), words_number(float(amount.number * 100))
        raise BadValue(f"{quoted(text)} has no unit", hint=f"write {percent}% for that ratio, or {ratio}%")
    _want_unit(amount, "%", text=text)
    return _share(amount, text=text, unit="%")


def parse_points(text: str) -> float:
    """Read `0.5pp`, percentage points, as a difference of two ratios; raises `BadValue` for percent."""
    amount = _split(text, unit_hint="write percentage points like 0.5pp")
    if amount.unit == "%":
        raise BadValue(
            f"{quoted(text)} is a percentage where a difference in points is wanted",
            hint=f"write {amount.number}pp, percentage points",
        )
    _want_unit(amount, "pp", text=text)
    return _share(amount, text=text, unit="pp")


def parse_weight(text: str) -> int:
    """Read whole percent, 0..100, of `5%`; raises `BadValue` for a fraction."""
    return _whole_percent(parse_percent(text), text=text, unit="%")


def parse_step(text: str) -> int:
    """Read whole percentage points, 0..100, of `10pp`; raises `BadValue` for a fraction."""
    return _whole_percent(parse_points(text), text=text, unit="pp")


def parse_bytes(text: str) -> float:
    """Read bytes of `512Mi`, `1GiB` (powers of 1024) or `512M`, `1GB` (powers of 1000).

    Raises `BadValue` for a number without a unit, unless it is 0.
    """
    amount = _split(text, unit_hint="write an amount like 512Mi")
    prefix = amount.unit.removesuffix("B")
    if amount.number == 0 and not amount.unit:
        return 0.0
    if prefix not in _BYTES:
        raise BadValue(
            f"{quoted(text)} has no unit of memory"
            if not prefix
            else f"{quoted(text)} is no amount of memory",
            hint=f"write {amount.number}Mi or {amount.number}Gi",
        )
    return float(_not_negative(amount, text=text) * _BYTES[prefix])


def parse_cores(text: str) -> float:
    """Read cores of `1.5`, or of `1500m` as Kubernetes writes thousandths; raises `BadValue` below 0."""
    amount = _split(text, unit_hint="write a number of cores like 1.5 or 500m")
    if amount.unit not in ("", "m"):
        raise BadValue(f"{quoted(text)} is no number of cores", hint="write one like 1.5 or 500m")
    return float(_not_negative(amount, text=text) / (1000 if amount.unit else 1))


def parse_number(text: str) -> float:
    """Read a plain number, which may be negative; raises `BadValue` for one with a unit."""
    amount = _split(text, unit_hint="write a plain number")
    if amount.unit:
        raise BadValue(
            f"{quoted(text)} has a unit where a plain number is wanted", hint=f"write {amount.number}"
        )
    return float(amount.number)


def parse_rate(text: str) -> float:
    """Read a plain number from 0 on; raises `BadValue` below."""
    number = parse_number(text)
    if number < 0:
        raise BadValue(f"{quoted(text)} is negative", hint="write a number from 0 on")
    return number


def parse_count(text: str) -> int:
    """Read a whole number from 0 on; raises `BadValue` for a fraction."""
    number = parse_rate(text)
    if number != int(number):
        raise BadValue(
            f"{quoted(text)} is not a whole number", hint=f"write {int(number)} or {int(number) + 1}"
        )
    return int(number)


def words_number(number: float, *, digits: int = 9) -> str:
    """Write a number without an exponent and without empty decimals."""
    shortest = format(Decimal(f"{number:.{digits}g}"), "f")
    plain = shortest.rstrip("0").rstrip(".") if "." in shortest else shortest
    return "0" if plain == "-0" else plain


def words_count(count: float, one: str, many: str = "") -> str:
    """Count in words: `1 error`, `1,250 errors`; `many` where that is not `one` with an s."""
    whole = round(count)
    return f"{whole:,} {one if whole == 1 else many or f'{one}s'}"


def words_percent(ratio: float, *, digits: int = 9) -> str:
    """Write `0.01` as `1%`."""
    return f"{words_number(ratio * 100, digits=digits)}%"


def words_points(ratio: float) -> str:
    """Write `0.005` as `0.5pp`."""
    return f"{words_number(ratio * 100)}pp"


def clock(at: float) -> str:
    """Write the time of day, UTC: `14:33:39Z`."""
    minutes, second = divmod(int(at) % _DAY_S, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}Z"


def words_duration(seconds: float) -> str:
    """Write `5400` as `1h30m`, down to milliseconds."""
    left_ms = round(seconds * 1000)
    parts = []
    for unit, size_ms in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left_ms = divmod(left_ms, size_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def words_bytes(amount: float, *, digits: int = 9) -> str:
    """Write `536870912` as `512 MiB`."""
    for prefix, size in reversed(_BINARY.items()):
        if amount >= size:
            return f"{words_number(amount / size, digits=digits)} {prefix}B"
    return f"{words_number(amount, digits=digits)} B"


def _split(text: str, *, unit_hint: str) -> _Amount:
    found, comma = _AMOUNT.fullmatch(text), _COMMA.fullmatch(text)
    if comma or not found:
        hint = f"write {comma[1]}.{comma[2]}" if comma else unit_hint
        raise BadValue(f"{quoted(text)} is not a number that can be read", hint=hint)
    return _Amount(Decimal(found[1]), found[2])


def _want_unit(amount: _Amount, unit: str, *, text: str) -> None:
    if amount.unit == unit or (amount.number == 0 and not amount.unit):
        return
    words = "has no unit" if not amount.unit else f"has a unit that does not fit here, {quoted(amount.unit)}"
    raise BadValue(f"{quoted(text)} {words}", hint=f"write {amount.number}{unit}")


def _share(amount: _Amount, *, text: str, unit: str) -> float:
    if not 0 <= amount.number <= 100:  # noqa: PLR2004 - percent
        raise BadValue(f"{quoted(text)} is out of range", hint=f"write 0{unit} to 100{unit}")
    return float(amount.number / 100)


def _whole_percent(ratio: float, *, text: str, unit: str) -> int:
    percent = round(ratio * 100, 9)
    if percent != int(percent):
        whole = max(1, round(percent))
        raise BadValue(
            f"{quoted(text)} is not whole: weights are whole percent only",
            hint=f"write {whole}{unit}",
        )
    return int(percent)


def _not_negative(amount: _Amount, *, text: str) -> Decimal:
    if amount.number < 0:
        raise BadValue(f"{quoted(text)} is negative", hint="write an amount from 0 on")
    return amount.number


_LONG_UNITS = {
    "ms": ("milli", "msec"),
    "s": ("sec",),
    "m": ("min",),
    "h": ("hr", "hour"),
    "d": ("day",),
}


def _no_duration(text: str) -> BadValue:
    """Say what the writer may have meant by 5, `5 minutes`, 5M, 1:30."""
    found = _AMOUNT.fullmatch(text)
    if not found or found[1].startswith("-"):
        return BadValue(f"{quoted(text)} is not a duration", hint="write one like 500ms, 30s, 5m or 1h30m")
    number, unit = found[1], found[2].lower()
    if not unit:
        return BadValue(f"{quoted(text)} has no unit", hint=f"write {number}s, {number}m or {number}h")
    for short, begins in _LONG_UNITS.items():
        if unit == short or unit.startswith(begins):
            return BadValue(f"{quoted(text)} is not a duration", hint=f"write {number}{short}")
    return BadValue(f"{quoted(text)} is not a duration", hint="write one like 500ms, 30s, 5m or 1h30m")
