"""Approve the step out of a stage that wants it."""

from __future__ import annotations

from console.policy.spec import Prompt, Spec
from console.release.events import Approved
from console.release.state import Release


def _refused(release: Release, _now: float) -> str:
    stage = release.stage
    if stage is None or not stage.approve:
        return "this stage wants no approval; p promotes"
    return f"{release.approved_by.login} has approved it already; R rolls back" if release.approved_by else ""


def _prompt(release: Release | None) -> Prompt:
    assert release is not None
    return Prompt(
        title=f"Approve the step out of {release.weight or 0}%?",
        text="It is taken once the hold is over and all is well.",
        yes="Approve: A",
        yes_key="A",
    )


SPEC = Spec(
    event=Approved,
    refused=_refused,
    key="a",
    hint="approve",
    about="approve the step out of this stage",
    rank=7,
    prompt=_prompt,
    of_a_stage=True,
    keeps=True,
)
