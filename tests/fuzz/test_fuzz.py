"""A slice of the fuzzer, the same in every run; and that it finds what is planted.

`python -m tests.fuzz all --inputs 300000 --seed 1` is the whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from console.journal.decode import decode
from console.journal.lines import JournalLine
from console.plan import literal
from console.plan.plan_words import describe
from console.release import events as ev
from console.release.fold import fold_all
from console.replay.pages import pages_of
from console.traffic import object_router
from tests.fuzz import plans, watched
from tests.fuzz.run import KINDS, Number, Tally, finds_in
from tests.fuzz.told import ALL_KINDS, journals, kinds_told
from tests.fuzz.watched import Find
from tests.sample import many

SLICE = {
    kind: many("inputs of the fuzzer", inputs)
    for kind, inputs in {"plans": 300, "journals": 400, "answers": 300}.items()
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path / "home"))


def first_find(kind: str, folder: Path, *, inputs: int) -> Find | None:
    numbers = (Number(kind=kind, seed=1, number=number) for number in range(inputs))
    return next((find for _, _, find in finds_in(numbers, folder, Tally(kind=kind))), None)


@pytest.mark.parametrize("kind", KINDS)
def test_no_input_leads_to_a_traceback_a_hang_or_an_escape(kind: str, tmp_path: Path) -> None:
    find = first_find(kind, tmp_path, inputs=SLICE[kind])
    assert find is None, find.trace


def test_the_recordings_that_inputs_are_made_of_hold_every_kind_of_event() -> None:
    assert kinds_told() == ALL_KINDS


def test_the_recordings_that_inputs_are_made_of_can_be_read() -> None:
    for lines in journals():
        assert len(pages_of(map(JournalLine, lines), name="told")) == len(lines)
        fold_all(record for record in map(decode, lines) if isinstance(record, ev.Record))


def any_shape(obj: object, _shape: object) -> object:
    return obj


def endless(*_args: object) -> str:
    for _ in itertools.count():
        pass
    return ""


def greedy(*args: object) -> str:
    bytearray(2 * watched.MEMORY_BYTES)
    return describe(*args)  # type: ignore[arg-type]  # the plan, as it came


def broken(*_args: object) -> object:
    raise KeyError("a defect")


Plant = Callable[[pytest.MonkeyPatch], None]

PLANTED: dict[str, tuple[str, Plant, str]] = {
    "an escape": ("journals", lambda patch: patch.setattr(literal, "_in_json", str), "Wrong: "),
    "a kind with a broken fold": (
        "journals",
        lambda patch: patch.setattr(ev.Notified, "change", broken),
        "KeyError in ",
    ),
    "an unlooked-at shape": (
        "answers",
        lambda patch: patch.setattr(object_router, "shaped", any_shape),
        "Error in ",
    ),
    "a loop": ("plans", lambda patch: patch.setattr(plans, "describe", endless), "Hung: "),
    "a greedy one": ("plans", lambda patch: patch.setattr(plans, "describe", greedy), "MemoryError in "),
}


@pytest.mark.parametrize(("kind", "plant", "found"), PLANTED.values(), ids=PLANTED)
def test_a_bug_that_is_planted_is_found(
    kind: str, plant: Plant, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "CPU_S", 1.0)
    plant(monkeypatch)
    find = first_find(kind, tmp_path, inputs=2000)
    assert find is not None
    assert found in find.what
