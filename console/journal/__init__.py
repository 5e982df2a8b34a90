"""The record on disk: JSON Lines, appended by one worker and read by anyone who may read the folder."""

from console.journal.chain import ChainState
from console.journal.past import Past, past_of, read_past
from console.journal.tail import Tail, read_journal
from console.journal.writing import Journal

__all__ = ["ChainState", "Journal", "Past", "Tail", "past_of", "read_journal", "read_past"]
