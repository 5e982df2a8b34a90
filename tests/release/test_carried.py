"""A state that goes over into a new journal: exactly itself, and from a stranger never more than an error."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from msgspec.structs import replace

from console.errors import JournalError
from console.policy.judges.two_keys.keys_words import keys_of
from console.release import events as ev
from console.release.carried import MOST_BYTES, packed, unpacked
from console.release.events.run import opening_of
from console.release.fold import fold
from console.release.state import Release
from tests.fuzz.told import journals
from tests.policy.test_judge import begun, live, traffic
from tests.releases import running, sample


@pytest.mark.parametrize("lines", journals(), ids=range(len(journals())))
def test_a_state_is_carried_over_exactly_at_any_record(lines: tuple[bytes, ...]) -> None:
    release = None
    for number, line in enumerate(lines):
        release = fold(release, msgspec.json.decode(line, type=ev.Record))
        if number % 7 == 0 or number == len(lines) - 1:
            opened = fold(None, ev.Record(n=1, at=release.opened_at, event=opening_of(release)))
            assert unpacked(packed(release), opened=opened) == release


def release_of_a_test() -> Release:
    story = running()
    story.ticks([sample()] * 3)
    return story.release


def with_the_word_of(guard: str) -> Release:
    release = release_of_a_test()
    readings = tuple(replace(reading, guard=guard) for reading in release.memory.readings)
    return replace(release, memory=replace(release.memory, readings=readings))


def of(release: Release) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(release))


HOSTILE = {
    "nothing": b"",
    "garbage": b"garbage",
    "no state": zlib.compress(b"\x80"),
    "a bomb": zlib.compress(b"\xc6\xff\xff\xff\xff" + bytes(MOST_BYTES + 1)),
    "another release's": of(replace(release_of_a_test(), name="other")),
    "a stage that the plan has not": of(replace(release_of_a_test(), index=9)),
    "what a guard said that the plan has not": of(with_the_word_of("another guard")),
    "a weight beyond all": of(replace(release_of_a_test(), weight=400)),
    "no number": of(replace(release_of_a_test(), held_s=float("nan"))),
    "a time beyond all": of(replace(release_of_a_test(), opened_at=1e300)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_state_is_refused(name: str) -> None:
    with pytest.raises(JournalError, match="the state that this journal begins with"):
        unpacked(HOSTILE[name], opened=release_of_a_test())


def test_what_cannot_follow_a_strangers_state_is_an_error_with_its_record() -> None:
    story = live(begun(), traffic(), ticks=5)
    memory = story.release.memory
    known = keys_of(story.release)
    assert known.keys is not None
    keys = replace(known.keys, keys=replace(known.keys.keys, strict=(), tolerant=()))
    carried = of(replace(story.release, memory=replace(memory, judge=replace(known, keys=keys))))
    story.tell(ev.JournalRestored(trouble="cut", lost=9, state=carried))
    with pytest.raises(JournalError, match=r"record \d+ can't follow"):
        live(story, traffic(), ticks=60)


def test_a_state_that_is_too_long_for_a_line_is_carried_without_its_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = live(begun(), traffic(), ticks=20)
    whole = packed(story.release)
    assert unpacked(whole, opened=story.release) == story.release
    monkeypatch.setattr("console.release.carried.MOST_PACKED_BYTES", len(whole) - 1)
    carried = unpacked(packed(story.release), opened=story.release)
    assert carried.memory.recent == ()
    assert carried.memory.arrivals == story.release.memory.arrivals
    assert keys_of(carried).keys == keys_of(story.release).keys
    assert replace(carried, memory=story.release.memory) == story.release
