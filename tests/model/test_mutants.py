"""The model sees what it looks for: a policy that overlooks one thing is caught, and for that thing."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import ClusterError
from console.journal import writing
from console.policy import decide as policy
from console.policy import forward, rollback
from console.release import carried
from console.release import events as ev
from console.release.events import evidence
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.parts import Write
from console.release.state import Release
from console.traffic.router import Split
from console.worker import found, whose
from console.worker.lease import LeaseKeeper
from console.worker.router_writer import RouterWriter
from console.worker.whose import Whose
from tests.model import paper
from tests.model.deeds import PERSON, SEQUENCE_BYTES, SETUP_BYTES, TICKS, deed_of
from tests.model.paper import Paper
from tests.model.play import BrokenPromiseError, Tally, play
from tests.model.setups import setup_of
from tests.model.stage import Stage
from tests.sample import sampled

MOST = 12_000
"""Most are caught within some hundred sequences; one that needs a silent canary takes thousands."""
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


@pytest.mark.parametrize(("kinds", "words"), sampled("mutants of the policy", OVERLOOKED))
def test_a_policy_that_overlooks_an_obstacle_is_caught(
    kinds: set[Kind], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overlooking(release: Release) -> tuple[Obstacle, ...]:
        return tuple(each for each in obstacles(release) if each.kind not in kinds)

    for room in (evidence, forward):
        monkeypatch.setattr(room, "obstacles", overlooking)
    assert words in caught()


@pytest.mark.full
def test_a_policy_that_takes_silence_for_health_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    silence = {Kind.UNANSWERED, Kind.STOPPED}

    def overlooking(release: Release) -> tuple[Obstacle, ...]:
        silent = not release.memory.arrivals.answered
        return tuple(each for each in obstacles(release) if not (silent and each.kind in silence))

    for room in (evidence, forward):
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
    monkeypatch.setattr(forward, "_speaks_against", lambda _release, _now: False)
    assert "%, but " in caught()


def test_a_policy_that_leaves_users_with_a_silent_canary_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "unserved", lambda _release: None)
    assert "answers nobody" in caught()


@pytest.mark.full
def test_a_policy_that_moves_what_only_a_person_moves_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Release, "left_to_a_person", False)
    assert "only a person moves it" in caught()


@pytest.mark.full
def test_a_journal_that_begins_anew_with_another_state_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = carried.packed
    monkeypatch.setattr(paper, "packed", lambda release: packed(replace(release, held_s=0.0)))
    assert "a state is another one in the next journal" in caught()


Turn = tuple[int, str, int]


def told(*turns: Turn, setup: int = 0) -> bytes:
    """Make a sequence of these turns: so many ticks, then a deed, and how it is done."""
    first: dict[str, int] = {}
    for byte in range(256):
        first.setdefault(deed_of(byte).name, byte)
    made = b"".join(bytes([TICKS.index(ticks), first[name], how]) for ticks, name, how in turns)
    return (setup.to_bytes(SETUP_BYTES, "little") + made).ljust(SEQUENCE_BYTES, b"\0")


def broken_by(sequence: bytes, tmp_path: Path) -> str:
    """Give what this sequence breaks with the real worker; empty where it keeps every promise."""
    with closing(Stage(tmp_path)) as stage:
        try:
            play(sequence, stage, Tally())
        except BrokenPromiseError as broken:
            return str(broken).splitlines()[0]
    return ""


def found_unread(writer: RouterWriter, _unanswered: object) -> Awaitable[ev.RouterFound]:
    async def found() -> ev.RouterFound:
        return ev.RouterFound(weight=writer._release.weight or 0)

    return found()


def confirmed_whatever(
    writer: RouterWriter, write: Write, _split: object, *, failed: ClusterError | None
) -> tuple[ev.AnyEvent, ...]:
    assert failed is None or writer is not None
    return (ev.WeightConfirmed(number=write.number, weight=write.weight, took_ms=1.0),)


BADLY = ((0, "the weather turns", 7), (3, "the weather turns", 0))
"""From here on the canary fails, and its guard rolls back."""
UNLEASED = 16_588_800
"""The plainest setup, but without a lease."""
APPROVED = 17_280
"""The plainest setup, but that a person must approve the step out of the first stage."""
assert setup_of(APPROVED).plan.stages[0].approve
FROM_0 = 80
"""The plainest setup whose first stage is at 0%."""
assert setup_of(FROM_0).plan.stages[0].weight == 0
assert setup_of(UNLEASED) == replace(setup_of(0), leased=False)


async def _not_told(_writer: RouterWriter, _base: Split) -> bool:
    return False


TOLD = {
    "two objects of one name that are taken for one": (
        ((Whose, "is_replaced", lambda _whose, _split: False),),
        told((2, "the route is made anew", 0), *BADLY),
        "was written to another object of the same name",
    ),
    "a newer release's weight that is taken for its own": (
        (
            (Whose, "is_as_left", lambda of, split, _writes: not of.is_replaced(split)),
            (RouterWriter, "_is_told_by_the_lease", _not_told),
        ),
        told((2, "another goes by", 0), *BADLY),
        "was written over what a newer release has left",
    ),
    "a release that begins anew without its journal": (
        ((found, "_lost", lambda _release, _order: ""),),
        told((2, "the journal is harmed", 8), (0, "the weather turns", 0)),
        "began anew behind a record that was lost",
    ),
    "harm to the journal that goes unnoticed": (
        ((writing, "harm_to", lambda *_place, **_end: None),),
        told((2, "the journal is harmed", 9), (1, "the weather turns", 0)),
        "the journal was harmed (DELETED), and nobody says so",
    ),
    "refused credentials that are taken for a success": (
        ((RouterWriter, "answers", confirmed_whatever),),
        told((2, "the road changes", 16), (0, PERSON, 11)),
        "0% is called confirmed, and the router has 10%",
    ),
    "a dead release that is gone on with unread": (
        ((RouterWriter, "found", found_unread), (RouterWriter, "_is_told_by_the_lease", _not_told)),
        told((2, "another goes by", 0), *BADLY),
        "was written over what a newer release has left",
    ),
    "a lost host whose mark is left": (
        ((RouterWriter, "_bears_what_is_lost", lambda _writer, _split: False),),
        told((2, "someone meddles", 0), (0, "the host is lost", 0)),
        "the mark of the release whose host was lost is left on the router",
    ),
    "a newer release that went by, and is undone": (
        (
            (Whose, "was_ended_by_another", lambda _whose, _split: False),
            (RouterWriter, "_is_told_by_the_lease", _not_told),
        ),
        told((2, "the worker is cut off", 0), *BADLY),
        "was written over what a newer release has left",
    ),
    "another living worker of the release that is taken for a dead one": (
        ((Whose, "_other", lambda _whose, split: split.driver),),
        told((2, "the worker is cut off", 2), *BADLY, setup=UNLEASED),
        "was written behind another driver's write",
    ),
    "a journal that has lost all behind its first request, and goes on from there": (
        (
            (Whose, "was_changed", lambda _whose, _split: False),
            (LeaseKeeper, "_was_held_meanwhile", lambda _keeper: False),
        ),
        bytes.fromhex("004421c5cbd70000ca2900c1000000e300000000ef00000000000000"),
        "was written behind a rollback that is lost",
    ),
    "a weight on record that another worker has written, and that is taken for its own": (
        ((Whose, "was_changed", lambda _whose, _split: False),),
        told((2, "someone meddles", 30), (0, "another goes by", 1), *BADLY, setup=APPROVED),
        "was written behind another driver's write",
    ),
    "another worker's rollback of a stranger's weight, that is taken for the stranger's": (
        ((Whose, "_was_left_alike", lambda _whose, _split: False),),
        bytes.fromhex("9b16afd4000000d857ee00ce0700fabd000000000000000000000000"),
        "was written behind another driver's write",
    ),
    "another's hold on the lease that is not noticed": (
        ((LeaseKeeper, "_was_held_meanwhile", lambda _keeper: False),),
        told((0, "the worker is cut off", 4), *((3, "the weather turns", 0),) * 3, setup=FROM_0),
        "went forward behind another worker's rollback",
    ),
    "an end that only the lease tells of": (
        ((LeaseKeeper, "_was_let_go_of_by_us", lambda _keeper: False),),
        bytes.fromhex("51008fb100c300d1000000000000000000000000d600000000000000"),
        "was written behind a rollback that is lost",
    ),
    "a newer promotion that only the lease tells of, and that is taken back": (
        ((RouterWriter, "_is_told_by_the_lease", _not_told),),
        bytes.fromhex("0000000000000000b600009700006c2300000000000000976300f700"),
        "was written over what a newer release has left",
    ),
    "a newer promotion that nobody was shown, and that is taken back": (
        ((Whose, "is_not_as_shown", lambda _whose, _split: False),),
        told((2, "the host is lost", 1)),
        "was written over what a newer release has left",
    ),
    "a copy of its own mark that is believed": (
        (
            (whose, "_is_copied", lambda _split: False),
            (Whose, "was_changed", lambda _whose, _split: False),
        ),
        told(
            (2, "another goes by", 0),
            (0, "a manifest is applied", 7),
            (0, "the worker dies", 1),
            *BADLY,
        ),
        "was written over what a newer release has left",
    ),
}
"""What a worker may get wrong, alone or together, a sequence that leads there, and what it breaks."""


@pytest.mark.full
@pytest.mark.parametrize("name", TOLD)
def test_a_sequence_that_was_made_for_it_catches(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mutants, sequence, words = TOLD[name]
    (tmp_path / "sound").mkdir()
    assert broken_by(sequence, tmp_path / "sound") == ""
    for mutant in mutants:
        monkeypatch.setattr(*mutant)
    (tmp_path / "mutant").mkdir()
    assert words in broken_by(sequence, tmp_path / "mutant")


def test_a_policy_that_forgets_its_rollback_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "finish_rollback", lambda _release, _now: ())
    found = caught()
    assert "a rollback stands still" in found or "the release never ended" in found, found


def test_a_policy_that_rolls_back_for_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "_breached", lambda release: "so it is" if release.held_s > 0 else None)
    assert "nothing asked for it" in caught()
