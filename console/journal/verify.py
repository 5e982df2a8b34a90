"""Whether a journal is whole, and where it is not: read line by line, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from console.journal.chain import Break, Chain, ChainState, Harm, head_of
from console.journal.lines import JournalLine


class Findings(Struct, frozen=True, kw_only=True):
    """What a look at a journal gave."""

    chain: ChainState
    torn_bytes: int = 0
    """What stands behind the last newline: a write that a crash tore."""
    first: int = 1
    """The number of the first record: a later one where the file was cut while its release ran."""
    later: int = 0
    """Records that only a later pithead can read, where they were read at all."""

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, removed, inserted or torn."""
        return self.chain.whole and not self.torn_bytes

    def in_words(self) -> Iterator[str]:
        """Say it, a line each: the sentence first, then each place."""
        yield self._sentence()
        if self.first > 1:
            why = "its file was cut while the release ran, or lines are gone"
            yield f"it begins with record {self.first:,}: {why}"
        yield from map(_break_in_words, self.chain.breaks)
        if self.chain.more_breaks:
            yield f"and {self.chain.more_breaks:,} places more"
        if self.torn_bytes:
            line = self.chain.lines + 1
            yield f"line {line}: torn, {self.torn_bytes:,} bytes of a record that a crash cut off"
        if self.later:
            yield f"records of a later pithead, left out here: {self.later:,}"
        if not self.chain.ended:
            yield "the release's end is not in it: it goes on, its worker died, or lines were taken away"

    def _sentence(self) -> str:
        chain = self.chain
        if not chain.sealed:
            return f"no chain: none of {chain.lines:,} lines carries a hash, so nothing can be said"
        if not self.whole:
            return f"NOT WHOLE: {chain.lines:,} lines"
        return f"whole: {chain.lines:,} records, chain ends in {chain.end}"


def verify(lines: Iterable[JournalLine]) -> Findings:
    """Follow the chain from line to line."""
    chain = Chain()
    torn_bytes, first = 0, 1
    for number, line in enumerate(lines):
        if number == 0:
            first = number_of(line.data)
        if line.whole:
            chain.take(line.data)
        else:
            torn_bytes = len(line.data)
    return Findings(chain=chain.state, torn_bytes=torn_bytes, first=first)


def number_of(line: bytes) -> int:
    """Give the number of a journal's first record; 1 where the line does not say."""
    head = head_of(line)
    return head.n if head is not None else 1


def _break_in_words(broken: Break) -> str:
    return f"line {broken.line}: {_WORDS[broken.harm].format(broken.records)}"


_WORDS = {
    Harm.CHANGED: "changed, or the line before it was",
    Harm.REMOVED: "removed: {:,} records are missing before it",
    Harm.INSERTED: "inserted: it does not belong here",
}
