"""What users met, by its class and in words: one place for the screen, the log, messages and reports."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from console.evidence import Counts
from console.judge.tally import ratio
from console.judge.total import total
from console.plan.units import words_percent

if TYPE_CHECKING:
    from console.release.state import Release

MOST = 0.5
"""The part of all errors from which on they are called by one class, ratio."""


class ErrorClass(StrEnum):
    """What most of a version's errors are."""

    SERVER = "5xx"
    NO_ANSWER = "no answer"
    GRPC = "gRPC errors"
    REFUSED = "4xx"
    GRPC_REFUSED = "gRPC refusals"
    ANY_REFUSED = "refusals"
    MIXED = "errors"


_DID = {
    ErrorClass.SERVER: "answered {} with 5xx",
    ErrorClass.NO_ANSWER: "gave no answer to {}",
    ErrorClass.GRPC: "failed {} with a gRPC status of the server's",
    ErrorClass.REFUSED: "answered {} with 4xx",
    ErrorClass.GRPC_REFUSED: "refused {} with a gRPC status of the caller's",
    ErrorClass.ANY_REFUSED: "refused {} with 4xx or a gRPC status",
    ErrorClass.MIXED: "failed {}",
}
_MET = {
    ErrorClass.SERVER: "{} of requests failed with 5xx",
    ErrorClass.NO_ANSWER: "{} of requests got no answer",
    ErrorClass.GRPC: "{} of requests failed by gRPC status",
    ErrorClass.REFUSED: "{} of requests got 4xx",
    ErrorClass.GRPC_REFUSED: "{} of requests were refused by gRPC status",
    ErrorClass.ANY_REFUSED: "{} of requests were refused",
    ErrorClass.MIXED: "{} of requests failed",
}


def class_of(canary: Counts, stable: Counts, *, refused: bool = False) -> ErrorClass:
    """Name what most of the canary's errors are, or its refusals, beyond those that stable has too."""
    alone, mixed = _REFUSALS if refused else _ERRORS
    # By what the canary has more of than stable: a service in which everything fails a little with 5xx is
    # not worse by 5xx.
    beyond = {
        what: max(0.0, getattr(canary, of) - canary.requests * _usual(getattr(stable, of), stable))
        for what, of in alone.items()
    }
    what = max(beyond, key=lambda each: beyond[each])
    # More than half of the excess, or no class is named: half a truth sends people to the wrong log.
    return what if beyond[what] > MOST * total(beyond.values()) else mixed


def _usual(bad: float, stable: Counts) -> float:
    return ratio(bad, stable.requests) or 0.0


_ERRORS = (
    {
        ErrorClass.SERVER: "errors_5xx",
        ErrorClass.NO_ANSWER: "no_answer",
        ErrorClass.GRPC: "grpc_server",
    },
    ErrorClass.MIXED,
)
"""What counts as an error, by the fields of `Counts`, and what it is called where none is most of it."""
_REFUSALS = (
    {ErrorClass.REFUSED: "errors_4xx", ErrorClass.GRPC_REFUSED: "grpc_caller"},
    ErrorClass.ANY_REFUSED,
)
"""The same of what is refused."""


def class_in(release: Release, *, refused: bool = False) -> ErrorClass:
    """Name what most errors of the release at its present weight are, or most refusals."""
    seen = release.memory.stage
    return class_of(seen.canary or Counts(), seen.stable or Counts(), refused=refused)


def did_in_words(what: ErrorClass, asked: str) -> str:
    """Say what a version did: `gave no answer to 12% of 400 requests`."""
    return _DID[what].format(asked)


def met_in_words(version: str, what: ErrorClass, share: float) -> str:
    """Say what users met: `v2: 12% of requests got no answer`."""
    return f"{version}: {_MET[what].format(words_percent(share, digits=2))}"
