"""A recorded release's terms under another judge: what a person chose changes, what was measured stays."""

from __future__ import annotations

from msgspec.structs import replace

from console.judge.keys.channels import Limit, Share
from console.judge.keys.noise import Noise, Profile
from console.judge.terms import Terms, limits_of
from console.plan.model import Judge


def terms_under(terms: Terms, judge: Judge) -> Terms:
    """Return the terms with the other judge's tolerance, limits, and what they lead to.

    Channels, noise and the length of a block were made from stable's past, which no recording has: they stay.
    """
    limits = limits_of(judge)
    return replace(
        terms,
        settings=replace(
            terms.settings,
            delta=judge.tolerate,
            alone=judge.alone,
            on_shared_breach=judge.on_shared_breach,
        ),
        channels=replace(terms.channels, limits=limits),
        profile=profile_under(terms.profile, was=terms.channels.limits, limits=limits),
    )


def profile_under(profile: Profile, *, was: tuple[Limit, ...], limits: tuple[Limit, ...]) -> Profile:
    """Return the profile of other limits; one that was not measured is judged as where nothing is known.

    A profile that is not of the limits it is said to be of stays as it is: the fold leaves it out.
    """
    if len(profile.limits) != len(was) or len(profile.limits_past) not in (0, len(was)):
        return profile
    places = {limit.name: place for place, limit in enumerate(was)}
    known = [places.get(limit.name) for limit in limits]
    past = profile.limits_past
    return replace(
        profile,
        limits=tuple(Noise() if place is None else profile.limits[place] for place in known),
        limits_past=tuple(Share() if place is None else past[place] for place in known) if past else (),
    )
