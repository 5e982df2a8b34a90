"""Lays one release beside another, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from console.compare.passage import Passage, passages_of
from console.release import events as ev


class StagePair(Struct, frozen=True, kw_only=True):
    """One stage, of both releases or of one."""

    first: Passage | None = None
    second: Passage | None = None

    @property
    def weight(self) -> int:
        """The stage's weight, in percent."""
        passage = self.first or self.second
        assert passage is not None
        return passage.weight


def align(first: Sequence[ev.Record], second: Sequence[ev.Record]) -> tuple[StagePair, ...]:
    """Give the stages of both releases in order; those of one weight stand beside each other."""
    ours, theirs = passages_of(first), passages_of(second)
    weights = [[passage.weight for passage in passages] for passages in (ours, theirs)]
    rows: list[StagePair] = []
    matcher = SequenceMatcher(a=weights[0], b=weights[1], autojunk=False)
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        mine, others = ours[begin:end], theirs[other_begin:other_end]
        if kind == "equal":
            rows += [StagePair(first=one, second=other) for one, other in zip(mine, others, strict=True)]
        else:
            alone = [*(StagePair(first=one) for one in mine), *(StagePair(second=other) for other in others)]
            rows += sorted(alone, key=lambda row: row.weight)
    return tuple(rows)


def counterpart(rows: Sequence[StagePair], at: float) -> float | None:
    """Give the time in the second release that is as far into the same stage as `at` is in the first.

    Where the second was in that stage for less long it is the stage's end. None where the first is in no
    stage then, or the second never was in that one.
    """
    for row in rows:
        if row.first is not None and row.first.begin_at <= at <= row.first.end_at:
            if row.second is None:
                return None
            return min(row.second.begin_at + at - row.first.begin_at, row.second.end_at)
    return None
