"""One line a channel, as an operator reads it: how much worse, how sure, and what comes of it.

The word is evidence, not probability: a healthy version reaches 100:1 in at most one of a hundred releases,
however often one looks. A channel's own evidence is said against what it alone would need.
"""

from __future__ import annotations

from console.judge.keys.channels import Kind
from console.judge.keys.gate import Gate
from console.judge.keys.gauges import TOLERATED
from console.judge.keys.usage import UsageVerdict
from console.judge.keys.verdict import ChannelVerdict, KeysVerdict, LimitVerdict
from console.judge.verdict import Action, Why
from console.plan.units import words_duration, words_percent, words_points

_MANY = 1e6
"""From here on only the size of the evidence says something."""
SHORT = 1e4
"""The same where there is little room, and digits would cut off what follows."""


def line(
    verdict: KeysVerdict,
    channel: ChannelVerdict,
    *,
    after_s: float,
    gate: Gate | None = None,
    elsewhere: tuple[int, float | None] | None = None,
    mostly: str = "",
) -> str:
    """Write a channel's line `after_s` into the release.

    With a `gate` it says what would still be hidden; `elsewhere` is another weight, in percent, and its
    horizon. `mostly` names what most of what is bad is.
    """
    evidence = f"worse {_of(channel.worse, verdict.k1_needed / channel.weight)}"
    if channel.beyond > 1:
        evidence += f" · beyond tolerance {_of(channel.beyond, verdict.k2_needed / channel.weight)}"
    if verdict.shared:
        evidence += f" · {_limit(max(verdict.limits, key=lambda each: each.both))}"
    name = f"{channel.name} ({mostly})" if mostly else channel.name
    parts = [f"{name} {_estimate(channel, verdict.p99_times)}", evidence]
    parts.append(_outcome(verdict, channel, after_s=after_s) or _hidden(gate, elsewhere, verdict))
    return " | ".join(filter(None, parts))


def beside_the_channels(verdict: KeysVerdict) -> str:
    """Say what holds the release where it is none of the channels; empty where it is one, or nothing."""
    match verdict.why:
        case Why.SPLIT_OFF:
            served, asked = (
                words_percent(each, digits=3) for each in (verdict.split.served, verdict.split.asked)
            )
            seen = f"{served} of {verdict.split.requests:.0f} requests"
            return f"the canary got {seen} where {asked} was asked for"
        case Why.USES_MORE:
            return "; ".join(_usage(each) for each in verdict.usage if each.beyond)
        case _:
            return ""


def _usage(usage: UsageVerdict) -> str:
    tolerated = f"{TOLERATED:g}x is tolerated"
    seen = f"{usage.factor:.2f}x stable's over {usage.minutes} min, at least {usage.low:.2f}x"
    return f"the canary's {usage.name} is {seen}; {tolerated}"


def odds(evidence: float, *, many: float = _MANY) -> str:
    """Write evidence as a bet's winnings: `0.2:1`, `14:1`, `7256:1`, `2e9:1`."""
    if evidence >= many:
        mantissa, exponent = f"{evidence:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}:1"
    return f"{evidence:.0f}:1" if evidence >= 10 else f"{evidence:.1f}:1"  # noqa: PLR2004 - two digits


def about(seconds: float | None) -> str:
    """Write a predicted time: `~20 s`, `~27 min`, `~3.8 h`, or `for ever`."""
    if seconds is None:
        return "for ever"
    if seconds < 90:  # noqa: PLR2004 - to here seconds are said
        return f"~{seconds:.0f} s"
    if seconds < 5400:  # noqa: PLR2004 - to here minutes are
        return f"~{seconds / 60:.0f} min"
    return f"~{seconds / 3600:.1f} h" if seconds < 36_000 else f"~{seconds / 3600:.0f} h"  # noqa: PLR2004


def _of(evidence: float, needed: float) -> str:
    return f"{odds(evidence)} (alone {needed:.0f})"


def in_p99(times: float) -> str:
    """Write how much slower the canary is: `P99 ~ +20%`."""
    return f"P99 ~ {times - 1:+.0%}"


def _estimate(channel: ChannelVerdict, p99_times: float | None) -> str:
    uplift = channel.uplift
    if uplift is None:
        return "nothing to compare yet"
    # A rate of 0% and an interval around it would say more than so few requests can.
    if uplift.canary <= 0:
        return f"0 of {uplift.requests:.0f} requests"
    rates = f"{uplift.stable:.2%} -> {uplift.canary:.2%}"
    if not uplift.enough:
        return f"{rates} (too few for an interval)"
    # People think of latency as a time: how many more requests are beyond an edge is the evidence, and this
    # is what they know it by.
    if channel.kind is Kind.SLOW and p99_times is not None:
        return f"{rates} {in_p99(p99_times)}"
    low, high = (f"{100 * each:+z.2f}" for each in (uplift.low, uplift.high))
    return f"{rates} {100 * uplift.uplift:+z.2f}pp (95% CS {low}..{high})"


def _limit(limit: LimitVerdict) -> str:
    ratio = words_percent(limit.limit, digits=3)
    return f"both versions above the hard limit of {ratio} ({limit.name}) {odds(limit.both)}"


def _outcome(verdict: KeysVerdict, channel: ChannelVerdict, *, after_s: float) -> str:
    match verdict.why:
        case Why.WORSE:
            return f"ROLLBACK after {words_duration(round(after_s))}{damage_in_words(channel)}"
        case Why.SHARED_BREACH if verdict.action is Action.RETREAT:
            return "BACK ONE WEIGHT: both versions suffer since the weight grew"
        case Why.SHARED_BREACH:
            return "PAUSED: shared outage, rolling back would not help"
        case Why.BEYOND_LIMIT if verdict.action is Action.ROLL_BACK:
            return "ROLLBACK: above a hard limit, and no traffic of stable's to compare with"
        case Why.BEYOND_LIMIT if verdict.action is Action.RETREAT:
            return "BACK ONE WEIGHT: above a hard limit, and no traffic of stable's to compare with"
        case Why.BEYOND_LIMIT:
            return "PAUSED: the canary is above a hard limit"
        case Why.SPLIT_OFF | Why.USES_MORE:
            return f"PAUSED: {beside_the_channels(verdict)}"
        case Why.BLIND:
            return f"PAUSED: no data for {words_duration(round(verdict.blind_s))}"
        case Why.NOTHING:
            return ""


def damage_in_words(channel: ChannelVerdict) -> str:
    """Say about how many requests or events the damage cost; empty before anything was compared."""
    if channel.uplift is None:
        return ""
    # By the estimate itself and never below nothing: a canary that had fewer has cost nobody anything.
    match channel.kind:
        case Kind.EVENTS:
            return f", ~{max(0.0, -channel.uplift.extra):.0f} fewer {channel.name}"
        case Kind.SLOW:
            return f", ~{max(0.0, channel.uplift.extra):.0f} slow responses"
        case Kind.ERRORS:
            return f", ~{max(0.0, channel.uplift.extra):.0f} bad responses"
        case Kind.REFUSED:
            return f", ~{max(0.0, channel.uplift.extra):.0f} refused"


def _hidden(gate: Gate | None, elsewhere: tuple[int, float | None] | None, verdict: KeysVerdict) -> str:
    """Say what could still be hidden, where nothing has happened."""
    if gate is None or gate.open:
        return ""
    if gate.blind:
        return f"BLIND: no data for {words_duration(round(verdict.blind_s))}"
    other = f" ({elsewhere[0]}% weight: {about(elsewhere[1])})" if elsewhere else ""
    return f"BLIND for +{words_points(gate.uplift)} at this weight: needs {about(gate.needed_s)}{other}"
