"""The two keys as a judge of a release: what `console.judge.keys` computes, asked as every judge is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from console.judge.judge_kind import Judge, Look, Standing
from console.judge.keys.gate import Gate, gate, horizon
from console.judge.keys.horizon import CONFIRMED_BLOCKS
from console.judge.keys.judge import KeysState, is_stale, refresh_noise, take, verdict
from console.judge.keys.judge import resume as resume_keys
from console.judge.keys.verdict import KeysVerdict
from console.judge.other_terms import profile_under, terms_under
from console.judge.reading import Verdict
from console.judge.self_check import fits
from console.judge.terms import Terms, begin_keys, limits_of, profile_again, tick_of
from console.judge.verdict import Action, Awaited, JudgeVerdict, Wait, Why
from console.plan.exposure import Compares
from console.plan.model import LowTraffic

if TYPE_CHECKING:
    from console.evidence import History
    from console.judge.keys.noise import Profile
    from console.plan.model import Plan

SIGN = 10.0
"""Evidence from which on the first key says something: chance alone gets there in one release of ten."""
HALF = 0.5
"""A block must have more than this part of its time at a weight to be a comparison of it."""


class State(Struct, frozen=True, kw_only=True, tag="two_keys"):
    """What the two keys know of a release."""

    terms: Terms | None = None
    """What they were begun with; None before stable's past was read."""
    keys: KeysState | None = None
    said: KeysVerdict | None = None
    """What they said after the last look; None before the first."""


class TwoKeys(Judge[State]):
    """The two keys."""

    wants_past = True
    foretells = True

    def begin(self, plan: Plan, terms: Terms | None) -> State:
        """Begin by the terms, with an error budget of its own."""
        # Without terms they wait: stable's past is read in the preflight, and is on record before the first
        # look.
        return State() if terms is None else State(terms=terms, keys=begin_keys(terms, plan))

    def terms_under(self, terms: Terms, plan: Plan) -> Terms | None:
        """Return the terms with what this plan tolerates, and its limits."""
        return None if plan.judge is None else terms_under(terms, plan.judge)

    def profile_under(self, profile: Profile, plan: Plan, *, was: Terms | None) -> Profile | None:
        """Return the profile of this plan's limits."""
        if plan.judge is None:
            return None
        limits = () if was is None else was.channels.limits
        return profile_under(profile, was=limits, limits=limits_of(plan.judge))

    def begin_anew(self, state: State, plan: Plan) -> State:
        """Begin another judge by the same terms, with an error budget of its own."""
        return self.begin(plan, state.terms)

    def enter_stage(self, state: State) -> State:
        """Go on: the keys know the weight of each request, and what they have won stays won."""
        return state

    def look(self, state: State, plan: Plan, look: Look) -> State:
        """Take one look in, and say what it leads to."""
        _ = plan
        if state.keys is None:
            return state
        keys = take(state.keys, tick_of(look.sample, at=look.at, weight=look.weight, pods=look.pods))
        return replace(state, keys=keys, said=verdict(keys, at_s=look.at))

    def measured(self, state: State, history: History) -> Profile | None:
        """Measure stable's noise as the terms want it."""
        return None if state.terms is None else profile_again(state.terms, history)

    def refresh(self, state: State, profile: Profile) -> State:
        """Go on with the noise of the latest hour; a profile of other channels changes nothing."""
        if state.keys is None or not fits(profile, state.keys.channels):
            return state
        return replace(state, keys=refresh_noise(state.keys, profile))

    def resume(self, state: State, *, at: float) -> State:
        """Go on after the release was held: the limits are watched anew."""
        if state.keys is None:
            return state
        keys = resume_keys(state.keys)
        return replace(state, keys=keys, said=verdict(keys, at_s=at))

    def says(self, state: State) -> JudgeVerdict | None:
        """Return what the keys say, as any judge says it."""
        said = state.said
        if said is None or state.keys is None:
            return None
        holds = said.action is not Action.GO_ON
        return JudgeVerdict(
            action=said.action,
            why=said.why,
            holds=holds,
            doubts=holds or said.agreeing > 0,
            confirming=said.agreeing > 0,
            sign=said.k1 >= SIGN,
            harmless=said.harmless if state.keys.settings.shows else None,
            shared=said.shared,
            stale=is_stale(state.keys, blind_s=said.blind_s),
            blind_s=said.blind_s,
            calm_s=said.calm_s,
            turned=said.turned,
        )

    def compared(self, state: State, standing: Standing) -> bool | None:
        """Whether a block of this weight was compared, or none can be; None before it begins."""
        keys = state.keys
        if keys is None:
            return None
        if standing.stage is None:
            return False
        # A block bears the weight of its end. One that came over the step is mostly of the weight before.
        behind_s = keys.course.at_s - standing.shown_at
        here = keys.course.weight == standing.weight and behind_s > HALF * keys.settings.block_s
        return here or not standing.compares

    def word(self, state: State, standing: Standing) -> Verdict | None:
        """Return the keys' word as one of the four verdicts."""
        keys, said = state.keys, state.said
        if keys is None or said is None:
            return None
        if said.why is Why.BLIND:
            return Verdict.BLIND
        if said.action is not Action.GO_ON or said.agreeing:
            return Verdict.BREACH
        # Nothing is turned, but nothing was compared either: that is no health.
        if not self.compared(state, standing):
            return Verdict.INSUFFICIENT
        if keys.course.exposure.compares is not Compares.BOTH:
            return Verdict.HEALTHY
        shown = _gate(keys, standing)
        return Verdict.HEALTHY if shown is None or shown.open else Verdict.INSUFFICIENT

    def awaits(self, state: State, standing: Standing) -> tuple[Awaited, ...]:
        """Return what holds the release, and, where two are compared, what the stage could still hide."""
        keys, said = state.keys, self.says(state)
        if keys is None:
            return ()
        found = []
        if said is not None and (said.doubts or standing.retreated):
            found.append(Awaited(wait=Wait.DOUBT))
        # Samples may come and hold nothing to compare. Short of this, one late scrape would stop the hold.
        if said is not None and said.stale:
            found.append(Awaited(wait=Wait.STALE))
        # The gate is read at the last look and not now: a state is the fold of its records, and a screen that
        # is drawn between two looks must come to the same obstacles as the worker.
        shown = _gate(keys, standing)
        settings = standing.plan.judge
        # `proceed` is the plan's own word that a stage may be left before it has shown anything.
        asks = settings is not None and settings.low_traffic is LowTraffic.ASK
        if asks and standing.compares and shown is not None and not shown.open:
            found.append(Awaited(wait=Wait.HIDDEN, missing_s=_wait_s(shown, standing) or 0.0))
        return tuple(found)

    def left_s(self, state: State, standing: Standing, *, wait: Wait, now: float) -> float | None:
        """Return what is left of the horizon, seconds; None where damage would never show, or is unknown."""
        _ = now
        shown = None if state.keys is None or wait is not Wait.HIDDEN else _gate(state.keys, standing)
        return None if shown is None or shown.blind else _wait_s(shown, standing)

    def proven_in_s(self, state: State, *, uplift: float | None) -> float | None:
        """Return the seconds until both keys have turned and are confirmed, if `uplift` more errors go on."""
        keys, said = state.keys, state.said
        if keys is None or said is None:
            return None
        if said.agreeing:
            return keys.settings.block_s
        whole_s = None if uplift is None or uplift <= 0 else horizon(keys, uplift=uplift)
        if whole_s is None:
            return None
        # The keys have come a part of their way already; the blocks that confirm them are still to come
        # whole.
        confirmed_s = CONFIRMED_BLOCKS * keys.settings.block_s
        return (whole_s - confirmed_s) * (1 - min(said.turned)) + confirmed_s


JUDGE = TwoKeys()


def _gate(keys: KeysState, standing: Standing) -> Gate | None:
    if standing.looked_at is None:
        return None
    return gate(keys, at_s=standing.looked_at, stage_s=standing.shown_s(standing.looked_at))


def _wait_s(shown: Gate, standing: Standing) -> float | None:
    return shown.wait_s(stage_s=standing.shown_s(standing.looked_at or 0.0))
