"""The two keys explained to someone who was not there: what each asks, and what every channel shows."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.judge.judges.two_keys import SIGN
from console.judge.keys.channel_words import beside_the_channels, in_p99, odds
from console.judge.keys.channels import Kind
from console.judge.keys.estimate import Uplift
from console.judge.keys.verdict import ChannelVerdict, KeysVerdict, LimitVerdict
from console.judge.reading import Verdict
from console.judge.verdict import Action, Why
from console.plan.model import Plan
from console.plan.units import words_duration, words_number, words_percent, words_points
from console.policy.judge_text import Bearing, Part
from console.policy.judges.two_keys.keys_words import (
    edge_in_words,
    gross_in_words,
    hidden_in_words,
    keys_of,
    shown_in_words,
)
from console.release.state import Release

_LIMIT_NEEDS = 2
"""Factor on what key 1 needs, for a hard limit: each limit is watched for both versions."""


class KeysPart(Part, frozen=True, kw_only=True):
    """One key, channel or limit in words."""

    kind: Kind | None = None
    """Of a channel."""


class KeysTold(Struct, frozen=True, kw_only=True):
    """All that the judge of the traffic says at one instant."""

    verdict: Verdict
    words: str
    keys: tuple[KeysPart, KeysPart]
    channels: tuple[KeysPart, ...]
    limits: tuple[KeysPart, ...]


def meaning_of_evidence(plan: Plan) -> str:
    """Say what the odds are, once for a reader who has never seen them."""
    stable, canary = plan.stable.name, plan.canary.name
    return (
        f"Evidence is written as odds. Were {canary} no worse than {stable}, 100:1 would be reached in at "
        f"most one release of a hundred, however often one looks. Both keys must be turned in two blocks of "
        f"requests, one after the other, before anything is rolled back: one key asks whether {canary} is "
        f"worse at all, the other whether it is worse by more than the plan tolerates."
    )


def keys_told(release: Release) -> KeysTold | None:
    """Explain what the judge says now; None where there is none, or before its first look."""
    said, verdict = keys_of(release).said, release.judge_word
    if said is None or verdict is None:
        return None
    return KeysTold(
        verdict=verdict,
        words=_outcome(release, said, verdict),
        keys=_keys(release.plan, said),
        channels=_channels(release, said),
        limits=tuple(_limit(release.plan, said, limit) for limit in said.limits),
    )


def proof_in_words(release: Release) -> str:
    """Say in one sentence why the judge rolls back, and how sure it is; empty where it does not."""
    said, canary = keys_of(release).said, release.plan.canary.name
    if said is None or said.action is not Action.ROLL_BACK:
        return ""
    if said.gross is not None and said.gross.proven:
        return gross_in_words(release, said.gross)
    # The one rollback of this judge without a proof: at 100%, where the plan wants it (`alone: rollback`).
    if said.why is not Why.WORSE:
        return (
            f"{canary} is beyond a hard limit, and {release.plan.stable.name} has no requests to compare with"
        )
    culprit = next(channel for channel in said.channels if channel.name == said.culprit)
    proven = (
        shown_in_words(release, culprit, digits=3)
        if culprit.uplift is not None
        else f"{canary} is worse in {culprit.name}"
    )
    return (
        f"{proven}; the evidence that {canary} is worse stands at "
        f"{odds(said.k1)}, where {said.k1_needed:.0f}:1 is needed, and that it is worse than tolerated at "
        f"{odds(said.k2)}, where {said.k2_needed:.0f}:1 is"
    )


def _outcome(release: Release, said: KeysVerdict, verdict: Verdict) -> str:
    canary = release.plan.canary.name
    if said.why is Why.NOTHING:
        if verdict is Verdict.BREACH:
            return "both keys are turned, and one more block must confirm it"
        if verdict is Verdict.HEALTHY:
            return _healthy(canary, said)
        return f"too early to say: {hidden_in_words(release) or 'hardly any requests have come yet'}"
    if said.gross is not None and said.gross.proven:
        return f"proven: {gross_in_words(release, said.gross)}"
    worse = f"{canary} is worse, by more than is tolerated"
    return {
        Why.WORSE: f"proven: {worse}; {said.culprit} turned the last key",
        Why.SHARED_BREACH: f"both versions suffer: {_shared(said)}",
        Why.BEYOND_LIMIT: f"{canary} is beyond a hard limit; that it is worse is not proven",
        Why.SPLIT_OFF: f"the requests are not split as asked: {beside_the_channels(said)}",
        Why.USES_MORE: beside_the_channels(said),
        Why.BLIND: f"no data for {words_duration(round(said.blind_s))}",
    }[said.why]


def _healthy(canary: str, said: KeysVerdict) -> str:
    if said.k1 < said.k1_needed:
        return f"no proof that {canary} does damage, and this much traffic would have shown it"
    pods = _excusing(said)
    return f"{canary} is worse, by no more than is tolerated{f' because of {pods}' if pods else ''}"


def _excusing(said: KeysVerdict) -> str:
    """Name stable's pods that widen what is tolerated; empty where none does."""
    return " and ".join(dict.fromkeys(channel.pod for channel in said.channels if channel.pod))


def _shared(said: KeysVerdict) -> str:
    if said.action is Action.RETREAT:
        return "it began when the weight grew, so back one weight"
    return "rolling back would not help, so it holds"


def _keys(plan: Plan, said: KeysVerdict) -> tuple[KeysPart, KeysPart]:
    stable, canary = plan.stable.name, plan.canary.name
    tolerate = words_points(plan.judge.tolerate) if plan.judge else "nothing"
    pods = _excusing(said)
    usual = f", usual growth, or what {pods} differs by" if pods else ", or usual growth"
    return (
        _key("key 1", f"is {canary} worse than {stable}?", said.k1, said.k1_needed),
        _key("key 2", f"by more than is tolerated ({tolerate}{usual})?", said.k2, said.k2_needed),
    )


def _key(name: str, asks: str, evidence: float, needed: float) -> KeysPart:
    bearing = Bearing.TURNED if evidence >= needed else Bearing.UNTURNED
    return KeysPart(
        name=name, about=asks, bearing=bearing, words=f"{odds(evidence)}, and {needed:.0f}:1 turns it"
    )


def _bearing(evidence: float, *, proven: bool) -> Bearing:
    if proven:
        return Bearing.PROVEN
    return Bearing.SIGN if evidence >= SIGN else Bearing.NONE


def _channels(release: Release, said: KeysVerdict) -> tuple[KeysPart, ...]:
    """Tell each channel; the slow ones are one as long as nothing was compared: they wait for the same."""
    waiting = [each for each in said.channels if each.kind is Kind.SLOW and each.uplift is None]
    told = [_channel(release, said, each) for each in said.channels if each not in waiting]
    if waiting:
        edges = ", ".join(edge_in_words(each) for each in waiting)
        together = _channel(release, said, waiting[0])
        told.append(replace(together, name="slow", about=f"requests slower than {edges}:"))
    return tuple(told)


def _channel(release: Release, said: KeysVerdict, channel: ChannelVerdict) -> KeysPart:
    share = channel.weight
    named = said.why is Why.WORSE and channel.name == said.culprit
    # Proven by itself, with nothing of the other channels: its evidence by its own part of the budget.
    alone = channel.worse * share >= said.k1_needed and channel.beyond * share >= said.k2_needed
    uplift = channel.uplift
    bearing = Bearing.UNKNOWN if uplift is None else _bearing(channel.worse, proven=named or alone)
    return KeysPart(
        name=channel.name,
        kind=channel.kind,
        about=_about(channel),
        bearing=bearing,
        words=_nothing(release, channel)
        if uplift is None
        else f"{_estimate(release.plan, said, channel, uplift)}; {_evidence(release.plan, said, channel)}",
    )


def _about(channel: ChannelVerdict) -> str:
    match channel.kind:
        case Kind.ERRORS:
            return "requests that failed:"
        case Kind.REFUSED:
            return "requests answered with 4xx, or refused by gRPC:"
        case Kind.SLOW:
            return f"requests slower than {edge_in_words(channel)}:"
        case Kind.EVENTS:
            return "how many a request there were, which must not be fewer:"


def _nothing(release: Release, channel: ChannelVerdict) -> str:
    """Say why nothing was compared."""
    plan, keys = release.plan, keys_of(release).keys
    if channel.kind is Kind.SLOW and keys is not None and keys.course.cold:
        warmup = words_duration(keys.settings.warmup_s)
        return f"{plan.canary.name}'s pods are new: their first {warmup} are not held to {plan.stable.name}'s"
    if channel.kind is Kind.EVENTS:
        return f"its counter was not seen in both versions yet: {plan.metrics.events.get(channel.name, '')}"
    return "no requests of both versions to compare yet"


def _estimate(plan: Plan, said: KeysVerdict, channel: ChannelVerdict, uplift: Uplift) -> str:
    stable, canary = (words_percent(rate, digits=3) for rate in (uplift.stable, uplift.canary))
    rates = f"{plan.stable.name} {stable}, {plan.canary.name} {canary} of its {uplift.requests:,.0f} requests"
    if not uplift.enough:
        return f"{rates} (too few for an interval)"
    low, high = (f"{100 * edge:+z.2f}" for edge in (uplift.low, uplift.high))
    between = f"{100 * uplift.uplift:+z.2f} points, 95% interval {low} to {high}"
    slower = channel.kind is Kind.SLOW and said.p99_times is not None
    return f"{rates}: {between}{f'; {in_p99(said.p99_times)}' if slower and said.p99_times else ''}"


def _evidence(plan: Plan, said: KeysVerdict, channel: ChannelVerdict) -> str:
    first, second = (f"{needed / channel.weight:,.0f}:1" for needed in (said.k1_needed, said.k2_needed))
    times = words_number(channel.tolerated, digits=2)
    pod = f", as wide as it is for {channel.pod}," if channel.pod else ""
    return (
        f"evidence for worse {odds(channel.worse)} ({first} would do alone), for more than "
        f"{times} times {plan.stable.name}'s{pod} {odds(channel.beyond)} ({second})"
    )


def _limit(plan: Plan, said: KeysVerdict, limit: LimitVerdict) -> KeysPart:
    needed = _LIMIT_NEEDS * said.k1_needed
    most = max(limit.canary, limit.both)
    ratio = words_percent(limit.limit, digits=3)
    return KeysPart(
        name="limit",
        about=f"{limit.name}: at most {ratio} bad;",
        bearing=_bearing(most, proven=most >= needed),
        words=f"evidence that {plan.canary.name} exceeds it {odds(limit.canary)}, "
        f"that both versions do {odds(limit.both)}; {needed:.0f}:1 counts",
    )
