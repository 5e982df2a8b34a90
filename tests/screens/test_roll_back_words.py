from __future__ import annotations

from msgspec.structs import replace

from console.command import Command
from console.policy.commands import spec_of
from screens.dialogs import Reason, asked_of
from tests.releases import running


def asked_with(ready: int) -> str:
    prompt = spec_of(Command.ROLL_BACK).prompt
    assert prompt is not None
    return asked_of(prompt(replace(running().release, stable_ready=ready)), reason=Reason.NONE).text


def test_the_question_says_where_a_rollback_leads_to_no_pods() -> None:
    assert asked_with(0).startswith("v1 has 0 READY PODS: nobody would answer.")
    assert "READY" not in asked_with(3)
