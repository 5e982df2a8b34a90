"""The plan's judge put to work: its terms as the keys' settings, stable's past as their profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from console.evidence import History, Look, Pods, Sample
from console.judge.keys.blocks import Tick
from console.judge.keys.channels import Channels, Kind, Limit, choose_channels
from console.judge.keys.history import total_counts
from console.judge.keys.judge import KeysState, begin
from console.judge.keys.noise import Profile, profile_of
from console.judge.keys.rehearsal import Rehearsal, rehearse, temper
from console.judge.keys.settings import Settings
from console.judge.keys.usage import Use
from console.judge.self_check import why_unsound
from console.judge.total import total
from console.plan.model import Judge, Plan

MEASURED_PODS = 2
"""A split among pods needs two."""


class Terms(Struct, frozen=True, kw_only=True):
    """What a release is judged by: on record, so that each fold of its journal judges alike."""

    settings: Settings
    channels: Channels
    profile: Profile
    tempered: Annotated[float, Meta(ge=1.0, le=100.0)] = 1.0
    """By what factor the rehearsal showed larger bursts than the profile has."""
    rehearsal: Rehearsal | None = None
    """None where no pod could play the canary."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for terms that can't be judged by; the journal's reader adds the line."""
        if why := why_unsound(self.settings, self.channels, self.profile):
            raise ValueError(why)


def terms_of(judge: Judge, history: History, *, scrape_s: float | None, events: Sequence[str] = ()) -> Terms:
    """Prepare the judge from stable's past; without any, latency is not judged.

    The past is rehearsed: half a second of work where there are fifty pods.
    """
    settings = Settings(
        delta=judge.tolerate,
        # A block shorter than a scrape would have the counts of one version alone (`keys/blocks`).
        block_s=max(judge.block_s, scrape_s or 0.0),
        alone=judge.alone,
        on_shared_breach=judge.on_shared_breach,
        third_key=True,
    )
    channels = choose_channels(
        bounds_ms=history.bounds_ms, history=total_counts(history), events=events, limits=limits_of(judge)
    )
    profile = profile_of(history, channels=channels, half_life_s=settings.half_life_s)
    shown = None
    if not history.since_start:
        shown = rehearse(history, settings=settings, channels=channels, profile=profile)
    if shown is None:
        return Terms(settings=settings, channels=channels, profile=profile)
    return Terms(
        settings=replace(settings, pods_z=shown.pods_z),
        channels=channels,
        # In the profile from here on, and on record beside it: noise that is measured anew gets the same
        # factor (`profile_again`).
        profile=temper(profile, shown.tempered),
        tempered=shown.tempered,
        rehearsal=shown,
    )


def terms_for(plan: Plan, history: History, *, scrape_s: float | None) -> Terms:
    """Prepare a release of the plan; the usual terms tell what is to come where it has none of its own."""
    return terms_of(plan.judge or Judge(), history, scrape_s=scrape_s, events=tuple(plan.metrics.events))


def profile_again(terms: Terms, history: History) -> Profile | None:
    """Measure stable's noise once more, as the terms want it; None where there are not two pods to tell it.

    One pod's noise is measured over time, and an outage within the release would pass for noise.
    """
    if (
        history.since_start
        or len({each.pod for minute in history.minutes for each in minute}) < MEASURED_PODS
    ):
        return None
    half_life_s = terms.settings.half_life_s
    return temper(profile_of(history, channels=terms.channels, half_life_s=half_life_s), terms.tempered)


def limits_of(judge: Judge) -> tuple[Limit, ...]:
    """Return the SLO as the limits that no version should exceed."""
    slo = judge.slo
    errors = Limit(name="errors", kind=Kind.ERRORS, ratio=slo.error_rate)
    if slo.latency_ms is None:
        return (errors,)
    name = f"slow>{slo.latency_ms:g}ms"
    return errors, Limit(name=name, kind=Kind.SLOW, ratio=slo.slower, edge_ms=slo.latency_ms)


def begin_keys(terms: Terms, plan: Plan) -> KeysState:
    """Begin to judge a release of the plan, with nothing proven."""
    blocks = total(stage.hold_s for stage in plan.stages) / terms.settings.block_s
    return begin(
        settings=terms.settings,
        channels=terms.channels,
        profile=terms.profile,
        # By the plan's holds alone. A release that waits for people takes longer, and lives on the bets that
        # run by then (`alpha_spending`).
        planned_blocks=max(1, math.ceil(blocks)),
        stages=max(1, len([stage for stage in plan.stages if not stage.exposure.is_none])),
    )


def tick_of(sample: Sample, *, at: float, weight: int, pods: tuple[Pods, Pods]) -> Tick:
    """Take what the keys want from a sample; one in which nothing new was scraped has no counts."""
    # None and not 0 where nothing new was scraped: the time would else count as one without requests.
    fresh = sample.span_s > 0 and not sample.blind
    stable, canary = pods
    return Tick(
        at_s=at,
        span_s=sample.span_s,
        weight=weight,
        bounds_ms=sample.bounds_ms,
        stable=sample.stable.counts if fresh else None,
        canary=sample.canary.counts if fresh else None,
        stable_events=sample.stable.events,
        canary_events=sample.canary.events,
        # One at least: where nobody could count them somebody has answered all the same.
        stable_pods=stable.ready or 1,
        canary_pods=canary.ready or 1,
        stable_use=_use(sample.stable),
        canary_use=_use(sample.canary),
        stretches=sample.stretches,
    )


def _use(look: Look) -> Use:
    return Use(
        pods=look.pods.ready or 0,
        requests=look.counts.requests if look.counts else 0.0,
        cpu_cores=look.pods.cpu_cores,
        memory_bytes=look.pods.memory_bytes,
    )
