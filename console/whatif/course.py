"""Two releases under each other on one axis of time, as text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from console.plan.literal import literal
from console.plan.units import clock
from console.policy.told import record_in_words
from console.release import events as ev
from console.release.about import By, Gravity
from console.release.walk import walk
from console.whatif.simulation import gist

BLOCKS = " ▁▂▃▄▅▆▇█"
CROSS = "\u2573"
ASCII_BLOCKS = " ......::"
LONGEST_WORDS = 400


def bars(
    recorded: Sequence[ev.Record], simulated: Sequence[ev.Record], *, width: int, ascii_only: bool = False
) -> list[str]:
    """Draw both weights over time: higher is more traffic for the canary, a cross is a rollback."""
    begin, end = recorded[0].at, max(recorded[-1].at, simulated[-1].at)
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    cross = "x" if ascii_only else CROSS
    axis = clock(begin).ljust(max(9, width - 9)) + clock(end)
    lines = [
        f"{name:<10}{_bar(records, begin=begin, end=end, width=width, blocks=blocks, cross=cross)}".rstrip()
        for name, records in (("recorded", recorded), ("what if", simulated))
    ]
    return [*lines, f"{'':10}{axis}"]


def _bar(
    records: Sequence[ev.Record], *, begin: float, end: float, width: int, blocks: str, cross: str
) -> str:
    step_s = max(end - begin, 1.0) / width
    cells = [blocks[0]] * width
    for (at, weight), (until, _) in pairwise([*_weights(records), (records[-1].at, 0)]):
        for cell in range(int((at - begin) / step_s), min(width, int((until - begin) / step_s) + 1)):
            cells[cell] = blocks[-(-weight * (len(blocks) - 1) // 100)]
    for record in records:
        if isinstance(record.event, ev.RollbackDecided):
            cells[min(width - 1, int((record.at - begin) / step_s))] = cross
    return "".join(cells)


def _weights(records: Sequence[ev.Record]) -> list[tuple[float, int]]:
    """Give each weight that came into force, and when."""
    told = ((record.at, record.event.in_force) for record in records)
    return [(at, weight) for at, weight in told if weight is not None]


def both_told(recorded: Sequence[ev.Record], simulated: Sequence[ev.Record]) -> list[str]:
    """List what happened in both releases in the order of time, each line with whose it is."""
    ours, theirs = _lines(recorded), _lines(simulated)
    rows = [(at, "both" if (at, what) in theirs else "recorded", words) for (at, what), words in ours.items()]
    rows += [(at, "what if", words) for (at, what), words in theirs.items() if (at, what) not in ours]
    return [f"{clock(at)}  {who:<8}  {words}" for at, who, words in sorted(rows, key=lambda row: row[0])]


def _is_told(event: ev.AnyEvent) -> bool:
    """Whether a reader of two timelines wants to see it: a step was taken or asked for."""
    about = event.about
    return about.by in (By.POLICY, By.PERSON) and about.gravity >= Gravity.STEP


def _lines(records: Sequence[ev.Record]) -> dict[tuple[float, object], str]:
    """Give what happened by when and what: one decision has other words in another pithead's journal."""
    lines: dict[tuple[float, object], str] = {}
    for record, _, release in walk(records):
        if _is_told(record.event):
            words = literal(record_in_words(record.event, release), longest=LONGEST_WORDS)
            lines[record.at, gist(record.event)] = words
    return lines
