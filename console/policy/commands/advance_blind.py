"""Take the step out of the stage without the evidence for it."""

from __future__ import annotations

from console.judge.verdict import Wait
from console.plan.judges import RULES
from console.policy.forward import SKIPPED_BY_A_PERSON
from console.policy.in_the_way import in_the_way
from console.policy.judge_words import awaited_in_words
from console.policy.spec import Prompt, Spec
from console.release.events import AdvancedBlind
from console.release.obstacles import Kind, obstacles
from console.release.state import Release


def _refused(release: Release, now: float) -> str:
    if release.plan.judge_kind == RULES:
        return "no judge watches this plan; p promotes"
    if not any(each.kind is Kind.HIDDEN for each in obstacles(release)):
        return "nothing is hidden here that it would skip; p promotes"
    # It skips one thing more than `promote`: that nothing was shown. Never a breach, a silence or the
    # judge's doubt.
    return in_the_way(release, beside=SKIPPED_BY_A_PERSON | {Kind.HIDDEN}, now=now)


def _prompt(release: Release | None) -> Prompt:
    assert release is not None
    hidden = awaited_in_words(release, Wait.HIDDEN, now=release.tick_at or 0.0)
    return Prompt(
        title="Advance blind?",
        text=f"This weight has not shown enough: {hidden}. It goes on record.",
        yes="Advance blind: B",
        no="Wait",
        yes_key="B",
    )


SPEC = Spec(
    event=AdvancedBlind,
    refused=_refused,
    key="b",
    hint="advance blind",
    about="take the next weight though this one could still hide damage; asks first",
    rank=7,
    prompt=_prompt,
    of_a_stage=True,
)
