"""A canary that answers nobody, in words: which of the causes it is, and what to look at."""

from __future__ import annotations

from console.plan.units import words_duration
from console.release.state import Release


def unserved(release: Release) -> str | None:
    """Return why the canary does not answer the users that are sent to it; None where it does, or may."""
    if not release.serves_canary:
        return None
    # Before silence: without pods nothing can come back, and the reason says at once where to look.
    if release.canary_is_gone:
        return podless_in_words(release)
    return _none_came(release) if release.none_came else None


def podless_in_words(release: Release) -> str:
    """Say that no pod of the canary is ready, and where to look."""
    plan = release.plan
    deployment = f"deployment/{plan.canary.deployment}"
    why = "it is scaled to none, or deleted: look" if _is_unwanted(release) else "look at its readiness probe"
    return (
        f"{plan.canary.name} has 0 ready pods: {why} with `kubectl -n {plan.namespace} describe {deployment}`"
    )


def _is_unwanted(release: Release) -> bool:
    """Whether no pod of it is wanted any more."""
    recent = release.memory.recent
    return bool(recent) and recent[-1].sample.canary.pods.desired == 0


def _none_came(release: Release) -> str:
    quiet, plan = release.memory.arrivals.quiet, release.plan
    beside = f" ({plan.stable.name} answered {quiet.stable:,.0f})" if quiet.stable else ""
    return (
        f"{plan.canary.name} has answered nothing for {words_duration(round(quiet.s))}, where at least"
        f" {quiet.expected:,.0f} requests were due to it at {release.weight}%{beside}: nothing reaches it, or"
        f" nothing comes back; look at {_on_the_way(release)}"
    )


def _on_the_way(release: Release) -> str:
    """Name what lies between the route and the canary's pods."""
    router = release.plan.known
    near = router.to_the_canary if router is not None else "its Service's selector"
    return f"{near}, NetworkPolicies and mTLS"


def stopped_in_words(release: Release) -> str:
    """Say that all traffic has stopped."""
    usual, plan = release.memory.arrivals.usual, release.plan
    idle = words_duration(round(usual.idle_s))
    return (
        f"no request to {plan.stable.name} nor {plan.canary.name} for {idle}, where {usual.rps:,.1f} a second"
        " were usual: traffic has stopped, or the metrics lost it"
    )


def unanswered_in_words(release: Release) -> str:
    """Say how many answers are missing beside what the weight asks for."""
    arrivals, canary = release.memory.arrivals, release.plan.canary.name
    answered = f"{canary} answered {arrivals.answered:,.0f}"
    # Where other routes feed stable too, its requests do not tell how many the canary should have had: no
    # such number is said.
    if not release.split_is_known or arrivals.expected < 1:
        return f"{answered} requests at {release.weight}%, {release.wanted_answers:,.0f} wanted at least"
    return (
        f"{answered} of about {arrivals.expected:,.0f} requests that {release.weight}% asks for, at least "
        f"{release.wanted_answers:,.0f} wanted; look at {_on_the_way(release)}"
    )


def left_without_users(release: Release) -> str:
    """Say by what a stage is left that gives users no share; empty where it gives them one."""
    stage = release.stage
    if stage is None or stage.weight:
        return ""
    by = [f"{release.approved_by.login}'s approval"] if release.approved_by and stage.approve else []
    by += [f"{release.promoted_by.login}'s word"] if release.promoted_by else []
    return f"0% gave users no share: left by its checks{''.join(f' and {each}' for each in by)}"
