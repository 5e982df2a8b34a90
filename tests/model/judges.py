"""What the books read of a judge's state: nothing where another judge judges."""

from __future__ import annotations

from console.judge.judges.two_keys import State
from console.judge.memory import Memory
from console.judge.scores import Scores


def keys_in(memory: Memory) -> State:
    """Give what the two keys know."""
    return memory.judge if isinstance(memory.judge, State) else State()


def scores_in(memory: Memory) -> Scores:
    """Give what Kayenta's judge knows."""
    return memory.judge if isinstance(memory.judge, Scores) else Scores()
