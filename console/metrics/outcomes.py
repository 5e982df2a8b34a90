"""How a request ended, told by its HTTP status and its gRPC status; pure.

A gRPC call that fails has the HTTP status 200 as a rule, and its own status says whose fault it was. A status
of 0 is a proxy's way to say that nobody answered: the client left or gave up before the first byte. A client
that leaves after an answer has that answer's status.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

from console.plan.model import Errors, GrpcFault

SERVERS_FAULT = frozenset({"2", "4", "8", "13", "14", "15"})
"""UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS."""
_GRPC_NAMES = (
    "ok",
    "cancelled",
    "unknown",
    "invalidargument",
    "deadlineexceeded",
    "notfound",
    "alreadyexists",
    "permissiondenied",
    "resourceexhausted",
    "failedprecondition",
    "aborted",
    "outofrange",
    "unimplemented",
    "internal",
    "unavailable",
    "dataloss",
    "unauthenticated",
)
"""gRPC's statuses in their order, each without its capitals and underscores."""
_GRPC_NUMBERS = {"canceled": "1", **{name: str(number) for number, name in enumerate(_GRPC_NAMES)}}
NOBODY = "0"
"""The HTTP status where nobody answered."""
SEPARATOR = "|"


class Outcome(StrEnum):
    """What came of a request; the values are the fields of `Counts`."""

    GOOD = "good"
    REFUSED = "errors_4xx"
    SERVER_ERROR = "errors_5xx"
    NO_ANSWER = "no_answer"
    GRPC_SERVER = "grpc_server"
    GRPC_CALLER = "grpc_caller"


class Ended(NamedTuple):
    """What a proxy wrote down of a request's end."""

    code: str
    grpc: str = ""
    """Empty where it was no gRPC call."""

    @property
    def text(self) -> str:
        """Write it as one word, as `ended` reads it."""
        return f"{self.code}{SEPARATOR}{self.grpc}" if self.grpc else self.code


@cache
def ended(text: str) -> Ended:
    """Read what `Ended.text` wrote; what comes behind a second separator is not looked at."""
    code, *rest = text.split(SEPARATOR)
    return Ended(code, rest[0] if rest else "")


@cache
def outcome_of(end: Ended) -> Outcome:
    """Put a request into one class."""
    if end.code == NOBODY:
        return Outcome.NO_ANSWER
    by_http = {"5": Outcome.SERVER_ERROR, "4": Outcome.REFUSED}.get(end.code[:1])
    if by_http is not None:
        return by_http
    if end.grpc in ("", "0"):
        return Outcome.GOOD
    return Outcome.GRPC_SERVER if end.grpc in SERVERS_FAULT else Outcome.GRPC_CALLER


@cache
def grpc_number(text: str) -> str:
    """Return the number of a gRPC status that may be written as a name, `NotFound` or `NOT_FOUND`.

    What is neither is UNKNOWN, as gRPC itself takes a status that it does not know.
    """
    if not text or text.isdecimal():
        return text
    return _GRPC_NUMBERS.get(text.replace("_", "").lower(), _GRPC_NUMBERS["unknown"])


@cache
def is_error(end: Ended, errors: Errors) -> bool:
    """Whether the plan calls this an error."""
    outcome = outcome_of(end)
    if outcome is Outcome.NO_ANSWER:
        return errors.no_answer
    by_http = end.code in errors.http or f"{end.code[:1]}xx" in errors.http
    return by_http or _is_grpc_error(end, outcome, errors)


def _is_grpc_error(end: Ended, outcome: Outcome, errors: Errors) -> bool:
    fault = {Outcome.GRPC_SERVER: GrpcFault.SERVER, Outcome.GRPC_CALLER: GrpcFault.CALLER}.get(outcome)
    return fault is not None and (fault in errors.grpc or end.grpc in errors.grpc)
