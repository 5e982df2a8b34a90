"""What the hashes in a recording say of it, looked through in slices."""

from __future__ import annotations

from itertools import islice

from msgspec import Struct

from console.journal.chain import Chain, ChainState
from console.replay.budget import within
from console.replay.recording import Recording

SLICE_LINES = 256


class Seal(Struct, frozen=True, kw_only=True):
    """The chain's state as the track shows it."""

    words: str
    broken: bool = False


class ChainReader:
    """Follows the chain of a recording."""

    def __init__(self, recording: Recording) -> None:
        self._lines = recording.lines()
        self._chain = Chain()
        self.done = False
        """Whether all lines have been looked at."""
        self.seal = Seal(words="not read yet")

    def grow(self, budget_s: float) -> bool:
        """Read on for about so long; says whether all is done."""
        for _ in within(budget_s):
            if self.done:
                break
            lines = list(islice(self._lines, SLICE_LINES))
            for line in lines:
                self._chain.take(line)
            self.done = len(lines) < SLICE_LINES
            self.seal = _seal(self._chain.state, done=self.done)
        return self.done


def _seal(state: ChainState, *, done: bool) -> Seal:
    if state.breaks:
        first = state.breaks[0]
        return Seal(words=f"BROKEN: line {first.line} {first.harm}", broken=True)
    if not done:
        return Seal(words=f"whole so far, {state.lines} lines")
    if not state.sealed:
        return Seal(words="none: no line has a hash")
    return Seal(words=f"whole, ends in {state.end[:8]}")
