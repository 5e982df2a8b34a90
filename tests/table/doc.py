"""`python -m tests.table.doc`: write the table into docs/way-back.md, from the rule that the tests hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.table.rule import Cell, Command, Fault, Outcome, State, outcome

PLACE = Path(__file__).parents[2] / "docs" / "way-back.md"
HEAD = """\
# Who can act when

What each command that moves traffic comes to, in each state of a release and under each fault. Made by
`python -m tests.table.doc` from the rule in `tests/table/rule.py`; every cell is tried by
`tests/table/test_cells.py::test_a_cell_comes_out_as_the_rule_says`, a sample in each run of the tests, all of
them by `make exhaustive`. What an operator reads under each fault is in [faults.md](faults.md).

"""
MEANING = {
    Outcome.BACK: "the canary is at 0%, and the command says so",
    Outcome.LATER: "nothing can be written now; a line says why, and the worker writes it as soon as it can",
    Outcome.REFUSES: "nothing moves; one line says why, and what to do next",
    Outcome.FORWARD: "the next weight of the plan is written",
    Outcome.STAYS: "it is taken and said, and the weight stays as it is",
    Outcome.NO_SCREEN: "without a record there is no screen that could take a key",
}
TAIL = """\
No cell shows a traceback, writes another object, or says nothing. A worker that is stopped and a socket that
is deleted are faults of states with a living worker; elsewhere they change nothing.
"""


def written() -> str:
    """Write the document."""
    meanings = "\n".join(f"- **{each}**: {MEANING[each]}." for each in Outcome)
    faults = ", ".join(fault for fault in Fault if fault is not Fault.NONE)
    parts = [HEAD + meanings, f"The faults: {faults}.", TAIL.strip()]
    parts += [_of(state) for state in State]
    return "\n\n".join(parts) + "\n"


def _of(state: State) -> str:
    rows = [_row(state, command) for command in Command]
    head = "| Command | Without a fault | Under these faults |\n|---|---|---|"
    return "\n".join([f"## {state.capitalize()}\n", head, *rows])


def _row(state: State, command: Command) -> str:
    usual, *_ = found = [(outcome(Cell(state=state, command=command, fault=fault)), fault) for fault in Fault]
    others = sorted(
        ((what, fault) for what, fault in found if what is not usual[0]), key=lambda one: str(one[0])
    )
    return f"| `{command}` | {usual[0]} | {'; '.join(_told(others)) or 'the same'} |"


def _told(others: list[tuple[Outcome, Fault]]) -> Iterator[str]:
    for what, group in groupby(others, key=lambda one: one[0]):
        yield f"{what}: {', '.join(fault for _what, fault in group)}"


if __name__ == "__main__":
    PLACE.write_text(written(), encoding="utf-8")
