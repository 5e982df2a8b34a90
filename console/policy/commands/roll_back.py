"""Send all requests back to stable."""

from __future__ import annotations

from console.policy.spec import Prompt, Spec
from console.release.events import RollbackAsked
from console.release.state import Phase, Release


def _refused(release: Release, _now: float) -> str:
    # A rollback that waits for a person because of what stands in the cluster may be asked for once more:
    # that is the person's word.
    under_way = release.phase is Phase.ROLLING_BACK and not release.left_to_a_person
    return "a rollback is under way already, and goes on by itself" if under_way else ""


def _prompt(release: Release | None) -> Prompt:
    """R and Enter is all that it takes, also before the first record."""
    stable, canary, empty = "stable", "the canary", ""
    if release is not None:
        stable, canary = release.plan.stable.name, release.plan.canary.name
        empty = f"{stable} has 0 READY PODS: nobody would answer. " if release.stable_is_gone else ""
    return Prompt(
        title=f"Roll back to {stable}?",
        text=f"{empty}All requests go to {stable} at once, {canary} gets none, and the release ends.",
        yes=f"Roll back to {stable}",
    )


SPEC = Spec(
    event=RollbackAsked,
    refused=_refused,
    key="R",
    hint="roll back",
    about="send all requests back to stable: R, then Enter",
    rank=10,
    prompt=_prompt,
    urgent=True,
)
