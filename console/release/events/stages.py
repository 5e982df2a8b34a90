"""The way through the stages, and what the judge makes of it."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from console.judge import memory as judge
from console.judge.keys.noise import Profile
from console.judge.terms import Terms
from console.plan.exposure import Percent
from console.release.about import About, By, Gravity
from console.release.changes import gone_on
from console.release.event import Event
from console.release.numbers import Ordinal
from console.release.state import Phase, Release


class StageEntered(Event, frozen=True, kw_only=True, tag="stage_entered"):
    """The next stage begins; its weight is asked for next."""

    about: ClassVar[About] = About(by=By.POLICY, gravity=Gravity.STEP, decides=("stage",))

    stage: Ordinal
    """Counted from 0."""
    left: str = ""
    """By what the stage before was left where it gave users no share; empty where their requests told."""

    def change(self, release: Release, at: float, /) -> Release:
        return replace(
            release,
            phase=Phase.RUNNING,
            index=self.stage,
            stage_at=at,
            held_s=0.0,
            stalled_s=0.0,
            stage_starts=(*release.stage_starts, at),
            shown_harmless=_shown(release),
            # A person's word is for the step out of one stage. Carried over, one approval would open every
            # gate behind it.
            approved_by=None,
            promoted_by=None,
            advanced_blind_by=None,
            retreated=False,
            retreats=0,
            returns=0,
            altered=None,
            back_to=None,
            memory=judge.enter_stage(release.memory, at=at),
        )

    def in_words(self, release: Release, /) -> str:
        stages = release.plan.stages
        left = f"; {self.left}" if self.left else ""
        return f"stage {self.stage + 1} of {len(stages)}: {stages[self.stage].weight}%{left}"


def _shown(release: Release) -> tuple[int, ...]:
    """Add the weight that is left, where it is shown there that the canary is not worse."""
    said, stage = release.judge_says, release.stage
    if said is None or stage is None or not said.harmless or not release.standing.compares:
        return release.shown_harmless
    return (*release.shown_harmless, stage.weight)


class Retreated(Event, frozen=True, kw_only=True, tag="retreated"):
    """Both versions suffer since the weight grew: back to the weight before, which is asked for next."""

    about: ClassVar[About] = About(
        by=By.POLICY, gravity=Gravity.AMISS, sign="<", means="taken back", decides=("weight",)
    )

    weight: Percent
    reason: str

    def change(self, release: Release, _at: float, /) -> Release:
        # The hold begins anew: what was healthy before both versions suffered says nothing of the weight that
        # comes after.
        return replace(release, retreated=True, retreats=release.retreats + 1, held_s=0.0)

    def in_words(self, _release: Release, /) -> str:
        return f"back to {self.weight}%: {self.reason}"


class JudgeBegun(Event, frozen=True, kw_only=True, tag="judge_begun"):
    """The two keys are in: from here on the traffic is judged by these terms."""

    about: ClassVar[About] = About(by=By.WORLD)

    terms: Terms

    def change(self, release: Release, _at: float, /) -> Release:
        # The terms are in the journal and not made again from the past: a replay has no Prometheus to ask.
        return replace(release, memory=judge.begin_judge(release.memory, release.plan, self.terms))

    def in_words(self, _release: Release, /) -> str:
        names = ", ".join(each.name for each in self.terms.channels.judged if each.weight > 0)
        return f"the judge watches {names}, in blocks of {self.terms.settings.block_s:.0f}s"


class JudgeRefreshed(Event, frozen=True, kw_only=True, tag="judge_refreshed"):
    """Stable's noise was measured again, over the latest hour."""

    about: ClassVar[About] = About(by=By.WORKER, noted=True)

    profile: Profile

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, memory=judge.refresh_judge(release.memory, self.profile))

    def in_words(self, release: Release, /) -> str:
        return f"measured the noise of {release.plan.stable.name}'s last hour again"


class JudgeResumed(Event, frozen=True, kw_only=True, tag="judge_resumed"):
    """What the judge held the release for is over: it goes on by itself."""

    about: ClassVar[About] = About(by=By.POLICY, gravity=Gravity.STEP, sign=">", means="goes on", decides=())

    reason: str

    def change(self, release: Release, at: float, /) -> Release:
        returns = release.returns + release.retreated
        return replace(gone_on(release, at), returns=returns)

    def in_words(self, _release: Release, /) -> str:
        return f"going on: {self.reason}"
