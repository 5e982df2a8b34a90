"""The first paragraph of a report, in plain words: how it ended, why, how fast, and whom it hurt."""

from __future__ import annotations

from collections.abc import Sequence

from console.judge.tally import ratio
from console.plan.units import words_percent
from console.release.events import Cause, Outcome
from console.release.state import Release
from console.report.damage import Damage
from console.report.dates import lasted, moment, time_of_day
from console.report.reaction import Reaction
from console.report.standing import Standing, standings_in_words


def summary_of(
    release: Release,
    *,
    damage: Damage,
    reaction: Reaction | None,
    stood: Sequence[Standing],
    proof: str,
    last_at: float,
) -> list[str]:
    """Give the sentences; `proof` is what the two keys have proven, where it is they who rolled back."""
    return [
        _begin(release, last_at),
        *standings_in_words(stood),
        *_end(release, proof),
        *_speed(release, reaction),
        _served(release, damage),
        *_slow(release, damage),
    ]


def _begin(release: Release, last_at: float) -> str:
    plan = release.plan
    top = max((stage.weight for stage in plan.stages[: release.index + 1]), default=0)
    reach = f"came as far as {top}% of the requests" if release.index >= 0 else "never got any requests"
    took = lasted(last_at - release.opened_at)
    return (
        f"{release.person.login} started the release of {plan.service} from {plan.stable.name} to "
        f"{plan.canary.name} at {moment(release.opened_at)}. It took {took} and {reach}."
    )


def _end(release: Release, proof: str) -> list[str]:
    stable, canary = release.plan.stable.name, release.plan.canary.name
    rollback, end = release.rollback, release.end
    if rollback is not None:
        who = "The two keys rolled it back" if proof else _CAUSES[rollback.cause]
        when, why = time_of_day(rollback.decided_at), proof or rollback.reason
        return [f"{who} at {when}, and the requests went back to {stable}: {why}."]
    if end is None:
        return ["The recording stops before the release's end."]
    if end.outcome is Outcome.PROMOTED:
        return [f"{canary} passed every stage and serves all requests."]
    stop = "" if end.reason.endswith((".", "?", "!")) else "."
    return [f"It ended at {time_of_day(end.at)}: {end.reason}{stop}"]


_CAUSES = {
    Cause.GUARD: "A guard rolled it back",
    Cause.SILENCE: "Its requests came to nothing, and it was rolled back",
    Cause.PERSON: "A person rolled it back",
    Cause.PATIENCE: "It stood still for too long and was rolled back",
}


def _speed(release: Release, reaction: Reaction | None) -> list[str]:
    if reaction is None:
        return []
    stable = release.plan.stable.name
    if reaction.confirmation_s is None:
        tried = f"in {reaction.attempts} attempts"
        return [f"The router NEVER CONFIRMED that {stable} has all requests, {tried}: look at it."]
    found = f"The router confirmed it {lasted(reaction.confirmation_s)} after the decision"
    if reaction.detection_s is not None and round(reaction.detection_s):
        began = "The evidence had grown for" if reaction.by_keys else "The breach had lasted"
        found = f"{began} {lasted(reaction.detection_s)} by then. {found}"
    return [f"{found}."]


def _served(release: Release, damage: Damage) -> str:
    stable, canary = release.plan.stable.name, release.plan.canary.name
    if not damage.canary_requests:
        return f"{canary} served no requests."
    rate = ratio(damage.canary_failed, damage.canary_requests) or 0.0
    served = (
        f"{canary} served {damage.canary_requests:,.0f} requests, of which {damage.canary_failed:,.0f} failed"
    )
    if not round(damage.canary_failed):
        return f"{served}."
    more = round(damage.canary_failed_more)
    beside = (
        f"about {more:,} more than {stable} would have failed"
        if more
        else f"no more beside {stable} than chance makes"
    )
    return f"{served} ({words_percent(rate, digits=2)}): {beside}."


SLOW_RATIO = 0.02
"""Where twice as many as expected are slower than 99% of stable's, the report says so."""


def _slow(release: Release, damage: Damage) -> list[str]:
    if damage.canary_slow is None or not damage.canary_requests or damage.stable_p99_ms is None:
        return []
    if damage.canary_slow / damage.canary_requests < SLOW_RATIO:
        return []
    stable = release.plan.stable.name
    usual = f"{damage.canary_requests / 100:,.0f} would be usual"
    edge = f"99% of {stable}'s requests ({damage.stable_p99_ms:.0f} ms)"
    return [f"{damage.canary_slow:,.0f} of them were slower than {edge}, where {usual}."]
