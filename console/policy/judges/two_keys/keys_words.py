"""What the two keys say, one line a channel: on the screen, and as the reason of a rollback."""

from __future__ import annotations

from console.judge.judges.two_keys import State
from console.judge.keys.channel_words import about, beside_the_channels, damage_in_words, line, odds
from console.judge.keys.channels import Kind
from console.judge.keys.gate import gate, horizon, uplift_to_show
from console.judge.keys.gross import Gross
from console.judge.keys.judge import KeysState
from console.judge.keys.verdict import ChannelVerdict, KeysVerdict
from console.judge.verdict import Action, Why
from console.plan.exposure import Compares
from console.plan.units import words_duration, words_percent, words_points
from console.policy.error_words import ErrorClass, class_in, did_in_words
from console.policy.felt_words import both_suffer_in_words
from console.release.state import Release


def keys_of(release: Release) -> State:
    """Return what the keys know of the release; nothing where another judge judges it."""
    known = release.memory.judge
    return known if isinstance(known, State) else State()


def keys_in_words(release: Release) -> str:
    """Say what holds the release, or what the loudest channel shows; empty where nothing was looked at."""
    said = keys_of(release).said
    if said is None:
        return ""
    # Nothing of the keys: what they have won in an outage of both says nothing about the canary.
    if said.shared and said.why is Why.SHARED_BREACH:
        return f"{both_suffer_in_words(release)}; a rollback would not help"
    if said.gross is not None and said.gross.proven:
        return gross_in_words(release, said.gross)
    return (
        beside_the_channels(said) or f"{shown_in_words(release, loudest(said))}{_sure(said, loudest(said))}"
    )


def gross_in_words(release: Release, gross: Gross) -> str:
    """Say what the last seconds show, where they are proof enough."""
    stable, canary = release.plan.stable.name, release.plan.canary.name
    share, usual = (words_percent(each) for each in (gross.canary, gross.stable))
    asked = f"{share} of its requests"
    if gross.kind is Kind.SLOW:
        did = f"took longer than {gross.name.partition('>')[2]} for {asked}"
    else:
        did = did_in_words(class_in(release, refused=gross.kind is Kind.REFUSED), asked)
    lasted = words_duration(max(1, round(gross.lasted_s)))
    return f"{canary} {did} for {lasted} at least, {stable} {usual} at most in the same seconds"


def shown_in_words(release: Release, channel: ChannelVerdict, *, digits: int = 2) -> str:
    """Say what one channel shows, in words that need no statistics; `digits` are those of its rates."""
    plan, uplift = release.plan, channel.uplift
    stable, canary = plan.stable.name, plan.canary.name
    if uplift is None:
        return f"nothing was compared yet in {channel.name}"
    rates = [words_percent(rate, digits=digits) for rate in (uplift.canary, uplift.stable)]
    match channel.kind:
        case Kind.ERRORS | Kind.REFUSED:
            asked = f"{rates[0]} of {uplift.requests:,.0f} requests"
            what = class_in(release, refused=channel.kind is Kind.REFUSED)
            return f"{canary} {did_in_words(what, asked)}, {stable} {rates[1]}"
        case Kind.SLOW:
            longer = f"longer than {edge_in_words(channel)} for"
            return f"{canary} took {longer} {rates[0]} of its requests, {stable} for {rates[1]}"
        case Kind.EVENTS:
            return f"{canary} had {channel.name} in {rates[0]} of its requests, {stable} in {rates[1]}"


def edge_in_words(channel: ChannelVerdict) -> str:
    """Name the latency beyond which a request is slow for this channel."""
    return channel.name.partition(">")[2]


def sureness_in_words(said: KeysVerdict) -> str:
    """Say how far the key has turned that is furthest from it: `35:1 of 100:1`."""
    first, second = said.turned
    # The key that lacks most: the other one may be turned long since, and says nothing of what is missing.
    evidence, needed = (said.k1, said.k1_needed) if first <= second else (said.k2, said.k2_needed)
    return f"{odds(evidence)} of {needed:.0f}:1"


def _sure(said: KeysVerdict, channel: ChannelVerdict) -> str:
    """Say what comes of it, where something does."""
    match said.why:
        case Why.WORSE:
            return f": it is worse, by more than is tolerated{damage_in_words(channel)}"
        case Why.BEYOND_LIMIT if said.action is Action.ROLL_BACK:
            return ": beyond the hard limit, and there is no traffic to compare with"
        case Why.BEYOND_LIMIT if said.action is Action.RETREAT:
            return ": beyond the hard limit, and one weight back it can be compared"
        case Why.BEYOND_LIMIT:
            return ": beyond the hard limit; that it is worse is not proven"
        case Why.BLIND:
            return f"; nothing was compared for {words_duration(round(said.blind_s))}"
        case _:
            return f" ({sureness_in_words(said)} that it is worse)"


def loudest(said: KeysVerdict) -> ChannelVerdict:
    """Return the channel that turned the last key, or the one that turns them furthest."""
    named = [channel for channel in said.channels if channel.name == said.culprit]
    # By weight: a key turns by the weighted mean, so the loudest is who turns it and not who has the largest
    # odds.
    return named[0] if named else max(said.channels, key=lambda each: each.weight * each.worse)


def channel_in_words(release: Release, channel: ChannelVerdict, *, now: float) -> str:
    """Say one channel's estimate, its evidence, and what comes of it or could still be hidden."""
    keys, said = keys_of(release).keys, keys_of(release).said
    assert keys is not None
    assert said is not None
    began_at = release.stage_starts[0] if release.stage_starts else release.opened_at
    shown = gate(keys, at_s=now, stage_s=release.shown_s(now))
    return line(
        said,
        channel,
        after_s=now - began_at,
        gate=shown,
        elsewhere=_next_weight(release, keys),
        mostly=_mostly(release, channel),
    )


def _mostly(release: Release, channel: ChannelVerdict) -> str:
    """Name what most of the errors are, where they are of another class than 5xx."""
    if channel.kind is not Kind.ERRORS:
        return ""
    what = class_in(release)
    return what if what in (ErrorClass.NO_ANSWER, ErrorClass.GRPC) else ""


def hidden_in_words(release: Release) -> str:
    """Say how long damage can hide here and at the next weight; empty without a judge."""
    keys, stage = keys_of(release).keys, release.stage
    if keys is None or stage is None or keys.course.rps <= 0:
        return ""
    uplift = uplift_to_show(keys)
    needed = about(horizon(keys, uplift=uplift))
    here = f"blind for +{words_points(uplift)} at {stage.weight}%: {needed}"
    following = _next_weight(release, keys)
    return f"{here}; at {following[0]}%: {about(following[1])}" if following else here


def shown_after_in_words(release: Release) -> str:
    """Say within what time such damage would show at the weight in force; empty where unknown."""
    keys = keys_of(release).keys
    if keys is None or keys.course.rps <= 0 or keys.course.exposure.compares is not Compares.BOTH:
        return ""
    uplift = uplift_to_show(keys)
    needed_s = horizon(keys, uplift=uplift)
    when = "never show" if needed_s is None else f"show in {about(needed_s)}"
    return f"+{words_points(uplift)} would {when}"


def _next_weight(release: Release, keys: KeysState) -> tuple[int, float | None] | None:
    following = release.index + 1
    if following >= len(release.plan.stages):
        return None
    exposure = release.plan.stages[following].exposure
    if exposure.compares is not Compares.BOTH:
        return None
    weight = exposure.weight
    return weight, horizon(keys, uplift=uplift_to_show(keys), weight=weight)
