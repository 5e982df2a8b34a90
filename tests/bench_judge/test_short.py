"""The judge's bars with few releases and fixed seeds: what chance alone could not have missed fails.

`python -m tests.bench_judge` measures all of them, with fifty times the releases.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.bench_judge.bars import BARS, SHORT, Size
from tests.bench_judge.study import FLAGGER, KAYENTA, Study
from tests.sample import many

_STUDY = Study(seeds=(2,), rivals=(FLAGGER, KAYENTA), progress=False)
"""Shared: many bars look at the same releases. No bar asks for another rival."""
_SIZE = Size(
    **{name: many("releases of the judge's short worlds", count) for name, count in asdict(SHORT).items()}
)


@pytest.mark.parametrize("name", ["F1", "F3", "D1", "D2", "D3", "D4", "D5", "B1", "B2", "B3", "S1"])
def test_no_bar_is_clearly_missed(name: str) -> None:
    broken = [f"{bar.what}: {bar.figure}, not {bar.goal}" for bar in BARS[name](_STUDY, _SIZE) if bar.broken]
    assert not broken
