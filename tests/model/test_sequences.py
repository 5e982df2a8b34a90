"""Time, faults and people at random: on paper by the ten thousand, with the real worker by the hundred.

Every promise is looked at behind every record. `python -m tests.model` plays 20,000 with the real worker.
"""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.model.deeds import SEQUENCE_BYTES, sequences
from tests.model.paper import Paper
from tests.model.play import BrokenPromiseError, Maker, Tally, plainest, play
from tests.model.sights import Sight
from tests.model.stage import Stage
from tests.sample import many, takes_all

AT_ONCE = 250
"""Sequences in one example: hypothesis draws them as one string of bytes, and shrinks that."""
EXAMPLES = many("sequences of the model", 90)
SEQUENCES, FULL = many("sequences of the model", 20_000), many("sequences of the model", 13_500)
"""Full ones have several ticks, a fault and a person's command before their end."""
RARE = (
    bytes.fromhex("3d86c638ee3feb490043b0af9d5e3fd35e00c065d9ed0a00964a3fa7"),
    bytes.fromhex("307cbbf736c97c42c9e320afd86c3fb7c78fd69c3fd3f83fd7faafce"),
    bytes.fromhex("0000000000f00003fb0103d101000000000000000000000000000000"),
)
"""Drawn once, and played in every run: they see what one sequence in two thousand sees."""
STAGED = 400 if takes_all() else 150
USUAL = {
    Sight.PROMOTED,
    Sight.ROLLED_BACK_BY_GUARD,
    Sight.ROLLED_BACK_BY_PERSON,
    Sight.ROLLED_BACK_BY_PATIENCE,
    Sight.HELD_BY_GUARD,
    Sight.HELD_BY_JUDGE,
    Sight.BREACH,
    Sight.BLIND,
    Sight.THIN,
    Sight.LEASE_LOST,
    Sight.JOURNAL_STUCK,
    Sight.JOURNAL_MENDED,
    Sight.ROLLBACK_UNRECORDED,
    Sight.ROLLBACK_UNLEASED,
    Sight.TAKEN_UP,
    Sight.CHANGED,
    Sight.WRITE_FAILED,
    Sight.UNREAD,
    Sight.SUSPENDED,
    Sight.PAUSED,
    Sight.RESUMED,
    Sight.APPROVED,
    Sight.COMMAND_REFUSED,
    Sight.READ_ONLY_REFUSED,
}
"""What some hundred sequences see for certain."""


def keep_promises(sequence: bytes, make: Maker, tally: Tally) -> None:
    """Play a sequence; one that breaks a promise is told as plainly as it still breaks it."""
    try:
        play(sequence, make, tally)
    except BrokenPromiseError:
        raise plainest(sequence, make) from None


def test_thousands_of_sequences_keep_every_promise() -> None:
    tally, drawn = Tally(), set[bytes]()
    for rare in RARE:
        keep_promises(rare, Paper, tally)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,  # what was seen is counted, and that must not be luck; make model draws others
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
    assert (tally.sequences >= SEQUENCES, tally.full >= FULL, tally.unseen()) == (True, True, []), tally


def test_the_real_worker_keeps_them_too(tmp_path: Path) -> None:
    tally, drawn = Tally(), random.Random(2026)
    with closing(Stage(tmp_path)) as stage:
        for _ in range(STAGED):
            keep_promises(drawn.randbytes(SEQUENCE_BYTES), stage, tally)
    assert not USUAL & set(tally.unseen()), tally
