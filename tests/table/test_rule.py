"""The rule is about all that can move traffic, and the document says what the rule says."""

from __future__ import annotations

from console.command import Command as Key
from screens.commands import ACTS, ASKED
from tests.table.doc import PLACE, written
from tests.table.rule import Cell, Command, Outcome, cells, outcome
from tests.table.trial import KEY_OF, WORDS

MOVES_NOTHING = {
    "attach": "it shows a screen, whose keys are in the table",
    "forget": "it removes a record, and refuses where a worker lives",
    "install-unit": "at a boot it does what `resume --all` does",
    "demo": "its laboratory is its own",
    **dict.fromkeys(ASKED, "it asks a living worker for what its key asks, and the keys are in the table"),
}
"""Commands that act and are not in the table, and why."""


def test_every_key_that_can_move_traffic_is_in_the_table() -> None:
    assert {*KEY_OF.values()} == {*Key} - {Key.PAUSE}


def test_every_command_that_acts_is_in_the_table_or_moves_nothing() -> None:
    assert {words[0] for words in WORDS.values()} == ACTS - {*MOVES_NOTHING}
    assert {*KEY_OF} | {*WORDS} == {*Command}


def test_every_cell_has_an_outcome() -> None:
    assert all(isinstance(outcome(cell), Outcome) for cell in cells())


def test_in_no_state_is_a_way_back_wanting_that_only_needs_the_api_server() -> None:
    """Without a fault some command goes back, wherever the canary has traffic."""
    backs = {cell.state for cell in cells() if outcome(cell) is Outcome.BACK and cell.fault == "nothing"}
    assert backs == {cell.state for cell in cells()}


def test_nothing_goes_forward_but_by_p_and_by_a_new_run() -> None:
    forward: set[Cell] = {cell for cell in cells() if outcome(cell) is Outcome.FORWARD}
    assert {cell.command for cell in forward} == {Command.P, Command.RUN}


def test_the_document_is_what_the_rule_says() -> None:
    assert PLACE.read_text(encoding="utf-8") == written(), "python -m tests.table.doc writes it anew"
