"""What a judge of the traffic between the versions is; one module of `console.judge.judges` each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from console.evidence import History, Pods, Sample
from console.judge.verdict import Awaited, JudgeVerdict, Wait
from console.plan.exposure import Compares
from console.plan.model import Stage

if TYPE_CHECKING:
    from console.judge.keys.noise import Profile
    from console.judge.reading import Verdict
    from console.judge.terms import Terms
    from console.plan.model import Plan

State = TypeVar("State", bound=Struct)


class Look(Struct, frozen=True, kw_only=True):
    """One look at both versions."""

    at: float
    """Epoch seconds."""
    weight: int
    """The canary's, percent, that was in force when its requests were answered."""
    sample: Sample
    pods: tuple[Pods, Pods]
    """Stable's and the canary's, as they were last known."""
    early: bool = False
    """The store can't show this weight yet: its requests are not, or not surely, of this weight."""


class Standing(Struct, frozen=True, kw_only=True):
    """Where the release stands when a judge is asked."""

    plan: Plan
    stage: Stage | None
    weight: int | None
    """The weight in force, percent; None where it is not known."""
    shown_at: float
    """When the store can first show the stage's weight, epoch seconds."""
    looked_at: float | None
    """When the last look was; None before the first."""
    retreated: bool = False
    """The stage's weight was taken back."""

    @property
    def compares(self) -> bool:
        """Whether the stage has two versions to compare."""
        return self.stage is not None and self.stage.exposure.compares is Compares.BOTH

    def shown_s(self, at: float) -> float:
        """Return for how long the store has been able to show the weight."""
        return max(0.0, at - self.shown_at)


class Judge(Generic[State]):
    """One judge. Its state is a frozen record, part of the release's fold; every method gives the next one.

    What stands here is a judge that has nothing to say: another one says what it does otherwise.
    """

    wants_past = False
    """Whether it judges by what stable's past hour shows: then it begins once its terms are on record."""
    foretells = False
    """Whether it can say when what users feel now would be proven."""

    def begin(self, plan: Plan, terms: Terms | None) -> State:
        """Begin with nothing proven; `terms` is None where it wants no past, and before they are known."""
        raise NotImplementedError

    def terms_under(self, terms: Terms, plan: Plan) -> Terms | None:
        """Return the terms of a recorded release under another plan; None for a judge that takes none."""
        _ = terms, plan
        return None

    def profile_under(self, profile: Profile, plan: Plan, *, was: Terms | None) -> Profile | None:
        """Return noise that was measured for the terms `was` under another plan; None as above."""
        _ = profile, plan, was
        return None

    def begin_anew(self, state: State, plan: Plan) -> State:
        """Begin again by the same terms: a person has overridden what it had."""
        _ = state
        return self.begin(plan, None)

    def enter_stage(self, state: State) -> State:
        """Go on at another weight."""
        return state

    def look(self, state: State, plan: Plan, look: Look) -> State:
        """Take one look in."""
        _ = plan, look
        return state

    def measured(self, state: State, history: History) -> Profile | None:
        """Measure stable's noise once more; None for a judge that wants none, or where it can't be told."""
        _ = state, history
        return None

    def refresh(self, state: State, profile: Profile) -> State:
        """Go on with stable's noise of the latest hour."""
        _ = profile
        return state

    def resume(self, state: State, *, at: float) -> State:
        """Go on after it held the release."""
        _ = at
        return state

    def says(self, state: State) -> JudgeVerdict | None:
        """Return what it says; None before it has said anything."""
        _ = state
        return None

    def compared(self, state: State, standing: Standing) -> bool | None:
        """Whether it has compared both versions at this weight; None: it compares none, the guards do."""
        _ = state, standing
        return None

    def word(self, state: State, standing: Standing) -> Verdict | None:
        """Return what it says as one of the four verdicts; None before it has said anything."""
        _ = state, standing
        return None

    def awaits(self, state: State, standing: Standing) -> tuple[Awaited, ...]:
        """Return what the next step waits for."""
        _ = state, standing
        return ()

    def left_s(self, state: State, standing: Standing, *, wait: Wait, now: float) -> float | None:
        """Return the seconds until what it awaits comes; None where nobody knows, or it never comes."""
        _ = state, standing, wait, now
        return None

    def proven_in_s(self, state: State, *, uplift: float | None) -> float | None:
        """Return the seconds until this many more errors (ratio) would be proven; None where nobody knows."""
        _ = state, uplift
        return None
