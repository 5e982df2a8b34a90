"""The model sees what it looks for: a policy that overlooks one thing is caught, and for that thing."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from console.policy import decide as policy
from console.policy import way_back, way_forward
from console.release import events as ev
from console.release import fold
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Release
from tests.model import paper
from tests.model.deeds import SEQUENCE_BYTES
from tests.model.paper import Paper
from tests.model.play import BrokenPromiseError, Tally, play

MOST = 3000
"""Each is caught within some hundred sequences."""
Events = tuple[ev.AnyEvent, ...]


def caught() -> str:
    """Give what broke first; empty where nothing did."""
    drawn, tally = random.Random(1), Tally()
    for _ in range(MOST):
        try:
            play(drawn.randbytes(SEQUENCE_BYTES), Paper, tally)
        except BrokenPromiseError as broken:
            return str(broken).splitlines()[0]
    return ""


OVERLOOKED = [
    ({Kind.UNREAD}, "the router is not read"),
    ({Kind.LEASE}, "the lease is not held"),
    ({Kind.UNRECORDED}, "the journal takes nothing"),
    ({Kind.PAUSED}, "it is paused"),
    ({Kind.WEIGHT}, "% is not in force"),
    ({Kind.WEIGHT, Kind.CHANGED}, "someone else set the weight"),
    ({Kind.BLIND}, "it is blind"),
    ({Kind.JUDGE}, "the judge says"),
    ({Kind.INSUFFICIENT}, "has seen too little"),
    ({Kind.BREACH, Kind.HELD_BY_GUARD, Kind.UNEVEN}, "is beyond its limit"),
    ({Kind.REQUESTS}, "too few requests"),
    ({Kind.PODLESS}, "no pod of the canary is ready"),
    ({Kind.UNANSWERED}, "the canary answered "),
    ({Kind.HOLD}, "the hold is not over"),
    ({Kind.HIDDEN}, "the stage could hide damage"),
    ({Kind.APPROVAL}, "nobody approved it"),
]


@pytest.mark.parametrize(("kinds", "words"), OVERLOOKED)
def test_a_policy_that_overlooks_an_obstacle_is_caught(
    kinds: set[Kind], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overlooking(release: Release) -> tuple[Obstacle, ...]:
        return tuple(each for each in obstacles(release) if each.kind not in kinds)

    for room in (fold, way_forward):
        monkeypatch.setattr(room, "obstacles", overlooking)
    assert words in caught()


def test_a_policy_that_takes_silence_for_health_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    silence = {Kind.UNANSWERED, Kind.STOPPED}

    def overlooking(release: Release) -> tuple[Obstacle, ...]:
        silent = not release.memory.arrivals.answered
        return tuple(each for each in obstacles(release) if not (silent and each.kind in silence))

    for room in (fold, way_forward):
        monkeypatch.setattr(room, "obstacles", overlooking)
    assert "the canary answered no request" in caught()


def says_nothing(_release: Release, event: ev.AnyEvent) -> ev.AnyEvent:
    return replace(event, reason="") if isinstance(event, ev.RollbackDecided) else event


def wants_more(release: Release, event: ev.AnyEvent) -> ev.AnyEvent:
    """Ask for a percent more than the plan says, and for the stage's weight behind a rollback."""
    stage = release.stage
    if not isinstance(event, ev.WeightRequested) or stage is None:
        return event
    return replace(event, weight=stage.weight if release.rollback else min(100, event.weight + 1))


@pytest.mark.parametrize(
    ("broken", "words"),
    [(says_nothing, "RollbackDecided without its reason"), (wants_more, "asked for ")],
)
def test_a_policy_that_decides_otherwise_is_caught(
    broken: Callable[[Release, ev.AnyEvent], ev.AnyEvent], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = policy.decide

    def decide_otherwise(release: Release, *, now: float) -> Events:
        return tuple(broken(release, event) for event in decide(release, now=now))

    monkeypatch.setattr(paper, "decide", decide_otherwise)
    assert words in caught()


def test_a_retry_that_asks_no_evidence_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_forward, "_speaks_against", lambda _release, _now: False)
    assert "%, but " in caught()


def test_a_policy_that_leaves_users_with_a_silent_canary_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "unserved", lambda _release: None)
    assert "answers nobody" in caught()


def test_a_policy_that_forgets_its_rollback_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "finish_rollback", lambda _release, _now: ())
    found = caught()
    assert "a rollback stands still" in found or "the release never ended" in found, found


def test_a_policy_that_rolls_back_for_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "_breached", lambda release: "so it is" if release.held_s > 0 else None)
    assert "nothing asked for it" in caught()
