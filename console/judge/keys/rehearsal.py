"""The rehearsal before a release: stable's own pods, one after the other, play the canary.

None should be caught. The history is judged as a release would be, minute by minute. Where two versions
that are the same come too close to a rollback, the service is noisier than its profile says: the evidence is
tempered more and the pods may differ more, until it is calm, or until it must be said that this service can't
be judged automatically.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from console.evidence import History
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Channels, Share, Split
from console.judge.keys.history import Minutes, minutes_of
from console.judge.keys.judge import begin, observe, verdict
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.settings import Settings
from console.judge.total import total

CLOSE = 0.2
"""A rehearsal passes while no moment has both keys at a fifth of what turns them: key 1 at 20:1."""
STEPS = ((1.0, 5.0), (1.5, 5.5), (2.0, 6.0), (3.0, 7.0), (5.0, 9.0))
"""Tempering (a factor on the burst) and the pods' spread that is tolerated, tried in this order."""


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What the rehearsal showed."""

    k1: float
    """The most that key 1 reached in it."""
    k2: float
    """The most that key 2 reached."""
    minutes: int
    """Judged in all, all pods' turns together."""
    tempered: float
    """The burst factors are to be multiplied by this."""
    pods_z: float
    calibrated: bool
    """Whether the service can be judged with these."""
    worst: str | UnsetType = UNSET
    """The pod with which key 1 turned, where one is worse beyond doubt and only what is tolerated excuses
    it."""


def rehearse(
    history: History, *, settings: Settings, channels: Channels, profile: Profile
) -> Rehearsal | None:
    """Let every pod play the canary; None where there are not two pods, or no minutes."""
    judged = tuple(minutes_of(history, channel) for channel in channels.judged)
    pods = sorted({each.pod for minute in history.minutes for each in minute})
    if len(pods) < 2:  # noqa: PLR2004 - one plays stable, one the canary
        return None
    last = None
    for tempered, pods_z in STEPS:
        # Nothing warms up here: these pods have served all along, and a warm-up would pass over the first
        # minute of each one's turn.
        stricter = replace(settings, pods_z=max(pods_z, settings.pods_z), warmup_s=0.0)
        calmer = temper(profile, tempered)
        turns = [_turn(judged, pod, settings=stricter, channels=channels, profile=calmer) for pod in pods]
        last = Rehearsal(
            k1=max(turn.k1 for turn in turns),
            k2=max(turn.k2 for turn in turns),
            minutes=len(history.minutes) * len(pods),
            tempered=tempered,
            pods_z=stricter.pods_z,
            # Every pod's worst moment has to stay far from the verdict. A mean over pods would hide the one
            # that is always slower.
            calibrated=max(turn.closest for turn in turns) < CLOSE,
            worst=_worst(dict(zip(pods, turns, strict=True)), needed=1 / settings.alpha),
        )
        # The mildest step that is calm enough: each one more costs time until real damage is found.
        if last.calibrated:
            break
    return last


def _worst(turns: dict[str, _Turn], *, needed: float) -> str | UnsetType:
    worst = max(turns, key=lambda pod: turns[pod].k1)
    return worst if turns[worst].k1 >= needed else UNSET


def temper(profile: Profile, factor: float) -> Profile:
    """Make all bursts larger by a factor."""

    def larger(noise: tuple[Noise, ...]) -> tuple[Noise, ...]:
        return tuple(replace(each, burst=each.burst * factor) for each in noise)

    return replace(profile, judged=larger(profile.judged), limits=larger(profile.limits))


class _Turn(Struct, frozen=True):
    k1: float
    k2: float
    closest: float
    """How far the key that was further from turning had turned, at the worst moment; 1 is a rollback."""


def _turn(
    judged: tuple[Minutes, ...], pod: str, *, settings: Settings, channels: Channels, profile: Profile
) -> _Turn:
    """Judge one pod as the canary of all others; stable's past is that of the same hour."""
    blocks = _blocks(judged, pod)
    # Limits are left out: whether stable keeps its own objective is no question of whether its pods are
    # alike.
    state = begin(
        settings=settings,
        channels=Channels(judged=channels.judged),
        profile=_without(pod, profile),
        planned_blocks=len(blocks),
        stages=1,
    )
    k1 = k2 = closest = 0.0
    for block in blocks:
        state = observe(state, block)
        said = verdict(state, at_s=block.at_s)
        k1, k2 = max(k1, said.k1), max(k2, said.k2)
        closest = max(closest, min(said.k1 * settings.alpha, said.k2 * settings.beta))
    return _Turn(k1, k2, closest)


def _without(pod: str, profile: Profile) -> Profile:
    """Measure a pod that plays the canary by the others, for it is none of stable's then."""
    judged = tuple(
        replace(noise, worst=replace(noise.worst, times=noise.worst.times_others))
        if noise.worst is not UNSET and noise.worst.pod == pod
        else noise
        for noise in profile.judged
    )
    return replace(profile, judged=judged, limits=(), limits_past=())


def _blocks(judged: tuple[Minutes, ...], pod: str) -> list[Block]:
    blocks = []
    for at, minute in enumerate(zip(*judged, strict=True)):
        pods = len(minute[0])
        blocks.append(
            Block(
                at_s=60.0 * (at + 1),
                span_s=60.0,
                # A fair share each, which is what the pods of one Service get.
                weight=100 // max(1, pods),
                judged=tuple(_split(shares, pod) for shares in minute),
                stable_pods=pods - 1,
            )
        )
    return blocks


def _split(shares: dict[str, Share], pod: str) -> Split:
    canary = shares.get(pod, Share())
    return Split(
        stable=total(share.total for share in shares.values()) - canary.total,
        stable_bad=total(share.bad for share in shares.values()) - canary.bad,
        canary=canary.total,
        canary_bad=canary.bad,
    )
