"""Go on against the judge."""

from __future__ import annotations

from console.plan.judges import RULES
from console.policy.judge_words import judge_in_words
from console.policy.spec import Prompt, Spec
from console.release.events import JudgeOverridden
from console.release.state import Release


def _refused(release: Release, _now: float) -> str:
    if release.plan.judge_kind == RULES:
        return "no judge watches this plan; p promotes"
    said = release.judge_says
    # From a sign on, and not only once the judge holds: who sees the evidence climb and knows its cause need
    # not wait until the release stands still.
    against = release.judge_doubts or (said is not None and said.sign)
    return "" if against else "the judge has nothing against it; p promotes"


def _prompt(release: Release | None) -> Prompt:
    assert release is not None
    evidence = judge_in_words(release) or "nothing against it"
    return Prompt(
        title="Go on against the judge?",
        text=f"It has: {evidence}. What it has is forgotten, and another one begins.",
        yes="Go on anyway: O",
        yes_key="O",
    )


SPEC = Spec(
    event=JudgeOverridden,
    refused=_refused,
    key="O",
    hint="go on anyway",
    about="go on against the judge: another one begins, with nothing proven; asks why",
    rank=4,
    prompt=_prompt,
    needs_reason=True,
)
