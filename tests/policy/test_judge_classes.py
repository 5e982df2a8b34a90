"""What users call an error, by its class: each rolls a canary back, and what both versions have does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from console.errors import ExitCode
from console.evidence import Counts, Sample
from console.policy.error_words import ErrorClass, class_in, class_of, did_in_words, met_in_words
from console.policy.judges.two_keys.keys_told import proof_in_words
from console.policy.judges.two_keys.keys_words import channel_in_words, keys_of
from console.release import events as ev
from console.release.state import Release
from tests.policy.test_judge import begun, live, weights
from tests.releases import counts, sample

CLASSES = ("errors_4xx", "errors_5xx", "no_answer", "grpc_server", "grpc_caller")
RPS = 1000.0


def traffic(what: str, *, canary: float, stable: float = 0.0) -> Callable[[Release], Sample]:
    """Both versions at the weight in force, with these shares of one class."""

    def tick(release: Release) -> Sample:
        to_canary = RPS * (release.weight or 0) / 100
        return sample(
            _of(what, RPS - to_canary, stable), _of(what, to_canary, canary) if to_canary else Counts()
        )

    return tick


def _of(what: str, requests: float, share: float) -> Counts:
    return replace(counts(requests), **{what: share * requests})


@pytest.mark.parametrize("what", CLASSES)
@pytest.mark.parametrize("share", [0.04, 1.0])
def test_a_canary_alone_with_a_class_of_failures_is_rolled_back(what: str, share: float) -> None:
    story = live(begun(), traffic(what, canary=share), ticks=600)
    assert story.release.end is not None
    assert story.release.end.exit_code == ExitCode.ROLLED_BACK_BY_GUARD
    assert weights(story) == [10, 0]


@pytest.mark.parametrize("what", ["errors_4xx", "grpc_caller"])
def test_ten_percent_refused_by_both_is_nothing(what: str) -> None:
    story = live(begun(), traffic(what, canary=0.1, stable=0.1), ticks=600)
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.PROMOTED


@pytest.mark.parametrize("what", ["errors_4xx", "errors_5xx", "no_answer", "grpc_server"])
def test_a_few_of_any_class_in_both_are_nothing(what: str) -> None:
    story = live(begun(), traffic(what, canary=0.01, stable=0.01), ticks=600)
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.PROMOTED


@pytest.mark.parametrize(
    ("what", "proven"),
    [
        ("no_answer", "v2 gave no answer to 4% of "),
        ("grpc_server", "v2 failed 4% of "),
        ("errors_5xx", "v2 answered 4% of "),
        ("errors_4xx", "v2 answered 4% of "),
        ("grpc_caller", "v2 refused 4% of "),
    ],
)
def test_the_reason_names_the_class(what: str, proven: str) -> None:
    story = begun()
    found = ""
    for _ in range(600):
        live(story, traffic(what, canary=0.04), ticks=1)
        found = found or proof_in_words(story.release)
    assert story.release.end is not None
    assert story.release.end.reason.startswith(proven)
    assert found.startswith(proven)


@pytest.mark.parametrize(("what", "named"), [("no_answer", "no answer"), ("errors_5xx", "")])
def test_a_channel_names_what_most_of_its_errors_are_unless_it_is_5xx(what: str, named: str) -> None:
    story = live(live(begun(), traffic(what, canary=0.0), ticks=10), traffic(what, canary=0.04), ticks=9)
    said = keys_of(story.release).said
    assert said is not None
    errors = said.channels[0]
    words = channel_in_words(story.release, errors, now=story.at)
    assert words.startswith(f"errors ({named}) " if named else "errors 0.")


def test_what_stable_has_too_does_not_name_the_canarys_errors() -> None:
    stable = Counts(requests=1000, errors_5xx=100)
    canary = Counts(requests=100, errors_5xx=10, no_answer=12)
    assert class_of(canary, stable) is ErrorClass.NO_ANSWER
    assert class_of(Counts(requests=100, errors_5xx=12, no_answer=12), Counts()) is ErrorClass.MIXED


def test_what_is_refused_by_grpc_is_not_called_4xx() -> None:
    stable = Counts(requests=1000, errors_4xx=100)
    canary = Counts(requests=100, errors_4xx=10, grpc_caller=12)
    assert class_of(canary, stable, refused=True) is ErrorClass.GRPC_REFUSED
    assert class_of(replace(canary, errors_4xx=30), stable, refused=True) is ErrorClass.REFUSED
    assert class_of(replace(canary, errors_4xx=22), stable, refused=True) is ErrorClass.ANY_REFUSED


def test_a_class_is_said_as_users_met_it() -> None:
    assert met_in_words("v2", ErrorClass.NO_ANSWER, 0.12) == "v2: 12% of requests got no answer"
    assert did_in_words(ErrorClass.REFUSED, "3 of 9 requests") == "answered 3 of 9 requests with 4xx"
    assert class_in(begun().release) is ErrorClass.MIXED
