from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests import exhaustive
from tests.exhaustive import Step, passed
from tests.machine import MOST, REFERENCE_S, factor_of
from tests.sample import EVERY, VARIABLE, many, sampled
from tests.trials import Trial, on_record, planned, told_by

OUTPUT = """\
..F
============================= slowest 10 durations =============================
13.41s call     tests/plan/test_x.py::test_y[a b]
2.00s setup    tests/plan/test_x.py::test_z
=========================== short test summary info ============================
FAILED tests/plan/test_x.py::test_y[a b] - assert 0
LEFT BEHIND: process 7: sleep 60
1 failed, 2 passed in 0.50s
make: *** [Makefile:21: test] Error 1
"""


def trial(number: int) -> Trial:
    return Trial(
        commit="c",
        kind="idle",
        number=number,
        at="",
        seconds=1.0,
        python="3",
        load=(0.0, 0.0, 0.0),
        seed=None,
        code=0,
        result="",
        failures=[],
        slowest=[],
    )


def test_a_row_of_trials_is_named_by_kind_and_number() -> None:
    assert list(planned(["idle", "2", "busy", "1"])) == [("idle", 1), ("idle", 2), ("busy", 1)]
    with pytest.raises(ValueError, match="none of idle, busy, random"):
        list(planned(["quiet", "2"]))


def test_a_line_that_was_cut_off_is_run_again(tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    assert on_record(file) == []
    lines = [msgspec.json.encode(trial(number)) for number in (1, 2)]
    file.write_bytes(lines[0] + b"\n" + lines[1][:30])
    assert on_record(file) == [trial(1)]


def test_failures_and_the_slowest_are_read_from_pytest_s_words() -> None:
    result, failures, slowest = told_by(OUTPUT)
    assert result == "1 failed, 2 passed in 0.50s"
    assert failures == ["tests/plan/test_x.py::test_y[a b] - assert 0", "process 7: sleep 60"]
    assert slowest == ["13.41s tests/plan/test_x.py::test_y[a b]", "2.00s tests/plan/test_x.py::test_z"]


def test_an_exhaustive_step_that_failed_is_taken_again(tmp_path: Path) -> None:
    file = tmp_path / "steps.jsonl"
    steps = [
        Step(commit="c", name=name, at="", seconds=1.0, code=code, told="")
        for name, code in (("a", 0), ("b", 1))
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, steps)) + b"\n{")
    assert passed(file, "c") == {"a"}
    assert passed(file, "d") == set()


def test_the_exhaustive_steps_have_names_of_their_own() -> None:
    names = [name for name, _ in exhaustive.steps()]
    assert len(set(names)) == len(names)


def test_a_sample_is_the_same_in_every_run_and_all_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert sampled("faults of Prometheus", range(7)) == [0, 5]
    assert many("faults of Prometheus", 7) == 2
    monkeypatch.setenv(VARIABLE, "full")
    for what in EVERY:
        assert sampled(what, range(7)) == list(range(7))
        assert many(what, 7) == 7


@pytest.mark.parametrize(("of_the_reference", "factor"), [(0.2, 1), (1.4, 1), (1.6, 2), (3.1, 3), (40, MOST)])
def test_a_machine_s_factor_is_whole_and_bounded(of_the_reference: float, factor: int) -> None:
    assert factor_of(REFERENCE_S * of_the_reference) == factor
