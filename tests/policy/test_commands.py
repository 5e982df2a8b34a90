"""The table of commands: each has its module, its event and its key, and all else derives from it."""

from __future__ import annotations

import pytest

from console.command import Command
from console.policy.commands import command_of, spec_of
from console.policy.permit import refusal
from console.release import events as ev
from console.release.event import Commanded
from screens.dialogs import Reason, asked_of
from screens.keys import commands_on
from tests.releases import ANA, plan, running, stage

ASKED = [(command, spec_of(command).prompt) for command in Command]


def test_each_command_has_its_module_and_each_commanded_event_its_command() -> None:
    kinds = {kind for kind in ev.KINDS if issubclass(kind, Commanded)}
    assert {spec_of(command).event for command in Command} == kinds
    assert [command_of(spec_of(command).event) for command in Command] == list(Command)


def test_a_key_has_one_command_but_for_space_which_has_two_opposites() -> None:
    assert {spec_of(command).key: commands_on(spec_of(command).key) for command in Command} == {
        "space": [Command.PAUSE, Command.RESUME],
        "p": [Command.PROMOTE],
        "a": [Command.APPROVE],
        "R": [Command.ROLL_BACK],
        "b": [Command.ADVANCE_BLIND],
        "O": [Command.OVERRIDE],
    }


def test_only_what_leads_forward_wants_its_own_letter() -> None:
    release = running().release
    asked = {command: asked_of(prompt(release), reason=Reason.NONE) for command, prompt in ASKED if prompt}
    assert {command for command, question in asked.items() if question.forward} == set(asked) - {
        Command.ROLL_BACK
    }
    assert all(question.buttons[0].yes is not question.forward for question in asked.values())


def test_nothing_is_urgent_but_the_way_back() -> None:
    assert [command for command in Command if spec_of(command).urgent] == [Command.ROLL_BACK]


def test_the_way_back_is_asked_about_before_the_first_record_too() -> None:
    prompt = spec_of(Command.ROLL_BACK).prompt
    assert prompt is not None
    assert prompt(None).title == "Roll back to stable?"
    assert prompt(running().release).title == "Roll back to v1?"


def test_an_approval_is_given_once() -> None:
    story = running(plan(stage(10, approve=True), stage(100)))
    assert refusal(story.release, Command.APPROVE, now=story.at) == ""
    story.tell(ev.Approved(person=ANA))
    said = "ana has approved it already; R rolls back"
    assert refusal(story.release, Command.APPROVE, now=story.at) == said


def test_a_command_without_a_spec_is_named_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("console.policy.commands.pause.SPEC")
    spec_of.cache_clear()
    with pytest.raises(TypeError, match=r"^console/policy/commands/pause\.py has no SPEC$"):
        spec_of(Command.PAUSE)
