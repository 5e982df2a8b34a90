"""What stable's past says before the release: whether it can be judged, and for how long one will be blind.

Both are lines of the preflight, and neither ever refuses a release.
"""

from __future__ import annotations

from msgspec import UNSET

from console.evidence import MINUTE_S, History
from console.judge.keys.channel_words import about, odds
from console.judge.keys.history import total_counts
from console.judge.keys.horizon import FIRST_UPLIFT
from console.judge.keys.rehearsal import Rehearsal
from console.judge.outlook import outlook_of, tolerated_of
from console.judge.schedule import schedule_check
from console.judge.terms import Terms
from console.plan.exposure import Compares
from console.plan.model import Plan, Stage
from console.plan.units import words_duration, words_number, words_points
from console.preflight import Check

ELSEWHERE = 10
"""Percent: the horizon at this weight is said beside the first stage's."""


def foresee(history: History, *, plan: Plan, terms: Terms) -> tuple[Check, ...]:
    """Say what stable's past says of the release to come."""
    # One sum since the pods began has no minutes, and so no noise from minute to minute to be measured.
    if history.since_start or not total_counts(history).requests:
        words = f"{plan.stable.name} has no past in Prometheus to learn from: its noise is guessed"
        return (Check(name="rehearsal", ok=True, words=words),)
    return (
        rehearsal_check(terms.rehearsal, plan=plan, passes=_passes(history, plan=plan, terms=terms)),
        horizon_check(history, plan=plan, terms=terms),
        *schedule_check(outlook_of(history, terms), plan=plan),
    )


def _passes(history: History, *, plan: Plan, terms: Terms) -> str:
    """Say what a canary may do because of stable's pods; empty where these widen no tolerance."""
    each = zip(terms.channels.judged, tolerated_of(history, terms), strict=True)
    widened = [(tolerated.ratio, tolerated.pod, channel.name) for channel, tolerated in each if tolerated.pod]
    if not widened:
        return ""
    ratio, pod, name = max(widened)
    times = words_number(ratio, digits=2)
    return f"because of {pod} a canary with {name} up to {times} times {plan.stable.name}'s passes"


def rehearsal_check(shown: Rehearsal | None, *, plan: Plan, passes: str = "") -> Check:
    """Say how near stable's pods came to a rollback when they played the canary.

    `passes` says what they excuse.
    """
    name, stable = "rehearsal", plan.stable.name
    if shown is None:
        words = f"{stable} has one pod only, so no pod could play the canary"
        return Check(name=name, ok=True, words=words)
    length = words_duration(shown.minutes * MINUTE_S)
    reached = (
        f"{odds(shown.k1)}, beyond tolerance {odds(shown.k2)}, in {length} of {stable}'s pods as canaries"
    )
    # A warning and not an end: the guards still judge, and so does a person. What is lost is the automatic
    # verdict.
    if not shown.calibrated:
        words = f"can't be judged automatically: {stable}'s own pods differ like a bad canary ({reached})"
        return Check(name=name, ok=True, words=words, warning=True)
    calmer = "" if shown.tempered == 1 else f", with evidence tempered {words_number(shown.tempered)} times"
    if shown.worst is UNSET:
        return Check(name=name, ok=True, words=f"calibrated: {reached}{calmer}")
    # Key 2 alone keeps such a pod from a rollback, and so any canary that is like it.
    worse = f"{shown.worst} is worse than {stable}'s other pods beyond doubt"
    words = "; ".join(filter(None, (f"{worse}: {reached}{calmer}", passes)))
    return Check(name=name, ok=True, words=words, warning=True)


def horizon_check(history: History, *, plan: Plan, terms: Terms) -> Check:
    """Say how long damage stays hidden in the first stage, and where its weight is too small to show any."""
    first = plan.stages[0]
    outlook = outlook_of(history, terms)
    uplift = outlook.uplift
    blind_s = outlook.blind_s(first.weight, uplift)
    words = f"blind for +{words_points(uplift)} at {first.weight}%: {about(blind_s)}"
    if first.weight < ELSEWHERE:
        words += f"; at {ELSEWHERE}%: {about(outlook.blind_s(ELSEWHERE, uplift))}"
    hidden_s = outlook.blind_s(first.weight, FIRST_UPLIFT)
    shows = hidden_s is not None and hidden_s <= first.hold_s / 2
    if shows or first.exposure.compares is not Compares.BOTH:
        return Check(name="horizon", ok=True, words=words)
    enough = outlook.smallest_weight(stage_s=first.hold_s)
    words = f"{_too_short(first, hidden_s, enough=enough)}; {words}"
    return Check(name="horizon", ok=True, words=words, warning=True)


def _too_short(first: Stage, needed_s: float | None, *, enough: int | None) -> str:
    hold = words_duration(first.hold_s)
    seen = (
        f"at {first.weight}% five points more errors take {about(needed_s)} to show, and the stage is {hold}"
    )
    if enough is None:
        return f"{seen}: no weight is enough in that time"
    return f"{seen}: begin with {enough}%, or hold longer"
