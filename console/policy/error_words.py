"""What users met, by its class and in words: one place for the screen, the log, messages and reports."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from console.evidence import Counts
from console.judge.keys.channels import Kind
from console.judge.tally import ratio
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
    MIXED = "errors"


_DID = {
    ErrorClass.SERVER: "answered {} with 5xx",
    ErrorClass.NO_ANSWER: "gave no answer to {}",
    ErrorClass.GRPC: "failed {} with a gRPC status of the server's",
    ErrorClass.REFUSED: "answered {} with 4xx",
    ErrorClass.MIXED: "failed {}",
}
_MET = {
    ErrorClass.SERVER: "{} of requests failed with 5xx",
    ErrorClass.NO_ANSWER: "{} of requests got no answer",
    ErrorClass.GRPC: "{} of requests failed by gRPC status",
    ErrorClass.REFUSED: "{} of requests got 4xx",
    ErrorClass.MIXED: "{} of requests failed",
}


def class_of(canary: Counts, stable: Counts) -> ErrorClass:
    """Name what most of the canary's errors are, beyond those that stable has too."""
    beyond = {
        what: max(0.0, bad - canary.requests * (ratio(usual, stable.requests) or 0.0))
        for what, bad, usual in (
            (ErrorClass.SERVER, canary.errors_5xx, stable.errors_5xx),
            (ErrorClass.NO_ANSWER, canary.no_answer, stable.no_answer),
            (ErrorClass.GRPC, canary.grpc_server, stable.grpc_server),
        )
    }
    what = max(beyond, key=lambda each: beyond[each])
    return what if beyond[what] > MOST * sum(beyond.values()) else ErrorClass.MIXED


def class_in(release: Release, kind: Kind = Kind.ERRORS) -> ErrorClass:
    """Name what a channel of the release at its present weight counts."""
    if kind is Kind.REFUSED:
        return ErrorClass.REFUSED
    seen = release.memory.stage
    return class_of(seen.canary or Counts(), seen.stable or Counts())


def did_in_words(what: ErrorClass, asked: str) -> str:
    """Say what a version did: `gave no answer to 12% of 400 requests`."""
    return _DID[what].format(asked)


def met_in_words(version: str, what: ErrorClass, share: float) -> str:
    """Say what users met: `v2: 12% of requests got no answer`."""
    return f"{version}: {_MET[what].format(words_percent(share, digits=2))}"
