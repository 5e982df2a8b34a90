"""Time, faults and people at random: on paper by the ten thousand, with the real worker by the hundred.

Every promise is looked at behind every record. `python -m tests.model` plays 20,000 with the real worker.
"""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.model.deeds import SEQUENCE_BYTES, sequences
from tests.model.paper import Paper
from tests.model.play import BrokenPromiseError, Maker, Tally, plainest, play
from tests.model.sights import Sight
from tests.model.stage import Stage

AT_ONCE = 250
"""Sequences in one example: hypothesis draws them as one string of bytes, and shrinks that."""
EXAMPLES = 104
FULL = 20_000
STAGED = 400
SELDOM = frozenset({Sight.WENT_ON_BY_ITSELF, Sight.NOT_CONFIRMED, Sight.OVERRIDDEN, Sight.RETREATED})
"""What some hundred sequences may happen to miss."""


def keep_promises(sequence: bytes, make: Maker, tally: Tally) -> None:
    """Play a sequence; one that breaks a promise is told as plainly as it still breaks it."""
    try:
        play(sequence, make, tally)
    except BrokenPromiseError:
        raise plainest(sequence, make) from None


def test_twenty_thousand_sequences_keep_every_promise() -> None:
    tally, drawn = Tally(), set[bytes]()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a broken sequence is made plainer by itself, without the other ones
        suppress_health_check=list(HealthCheck),
    )
    @given(st.binary(min_size=AT_ONCE * SEQUENCE_BYTES, max_size=AT_ONCE * SEQUENCE_BYTES))
    def keep(data: bytes) -> None:
        for sequence in sequences(data):
            if sequence not in drawn:
                drawn.add(sequence)
                keep_promises(sequence, Paper, tally)

    keep()
    assert tally.full >= FULL, tally
    assert not tally.unseen(), tally


def test_the_real_worker_keeps_them_too(tmp_path: Path) -> None:
    stage, tally, drawn = Stage(tmp_path), Tally(), random.Random()
    for _ in range(STAGED):
        keep_promises(drawn.randbytes(SEQUENCE_BYTES), stage, tally)
    stage.close()
    assert set(tally.unseen()) <= SELDOM, tally
