"""Take the next stage now."""

from __future__ import annotations

from console.policy.forward import SKIPPED_BY_A_PERSON
from console.policy.in_the_way import in_the_way
from console.policy.spec import Prompt, Spec
from console.release.events import PromotionAsked
from console.release.state import Release


def _refused(release: Release, now: float) -> str:
    return in_the_way(release, beside=SKIPPED_BY_A_PERSON, now=now)


def _prompt(release: Release | None) -> Prompt:
    assert release is not None
    stages, following = release.plan.stages, release.index + 1
    what = f"{stages[following].weight}%" if following < len(stages) else "the end"
    return Prompt(
        title=f"Promote {release.plan.canary.name} to {what} now?",
        text="What is left of this hold is skipped; guards go on.",
        yes=f"Promote to {what}: P",
        yes_key="P",
    )


SPEC = Spec(
    event=PromotionAsked,
    refused=_refused,
    key="p",
    hint="promote",
    about="go to the next stage now; asks first, P confirms",
    rank=6,
    prompt=_prompt,
    of_a_stage=True,
)
