"""Forty random releases; `python -m tests.bench equality` compares five hundred."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay.equality import JUMPS, compared
from tests.sample import sampled


@pytest.mark.parametrize("batch", sampled("releases that are replayed", range(4)))
def test_the_replays_state_after_each_record_is_the_live_one(batch: int, tmp_path: Path) -> None:
    for seed in range(batch * 10, batch * 10 + 10):
        found = compared(seed, tmp_path / str(seed))
        assert found.states > 2 * JUMPS
        assert found.wrong == (), f"seed {seed}"
        assert found.simulated, f"seed {seed}"
