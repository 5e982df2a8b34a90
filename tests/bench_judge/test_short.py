"""The judge's bars with few releases and fixed seeds: what chance alone could not have missed fails.

`python -m tests.bench_judge` measures all of them, with fifty times the releases.
"""

from __future__ import annotations

import pytest

from tests.bench_judge.bars import BARS, SHORT
from tests.bench_judge.study import FLAGGER, KAYENTA, Study
from tests.sample import sampled

_STUDY = Study(seeds=(2,), rivals=(FLAGGER, KAYENTA), progress=False)
"""Shared: many bars look at the same releases. No bar asks for another rival."""
_NAMES = ("D5", "F1", "D1", "D3", "D4", "B1", "B2", "B3", "F3", "E2", "D2", "S1")
"""A sample of every eighth takes those that cost little."""


@pytest.mark.parametrize("name", sampled("bars of the judge's short worlds", _NAMES))
def test_no_bar_is_clearly_missed(name: str) -> None:
    broken = [f"{bar.what}: {bar.figure}, not {bar.goal}" for bar in BARS[name](_STUDY, SHORT) if bar.broken]
    assert not broken
