"""The two keys: one turned by "worse", one by "worse by more than is tolerated", over all channels.

The channels' evidence is averaged by weight, so together they are one bet with one error budget, however
the channels depend on each other.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from console.judge.keys.alpha_spending import Starts, next_start
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Channel, Kind, Share, Split
from console.judge.keys.estimate import Estimate, add_to_estimate
from console.judge.keys.evidence import Evidence, add_block, log_gains, mirrored, no_evidence
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.nonstationary import Restless, add_recent
from console.judge.keys.overdispersion import Scatter, add_to_scatter
from console.judge.keys.settings import Settings
from console.judge.keys.tempering import tempering
from console.judge.keys.tolerance import Tolerated, fade, lent_to, tolerances
from console.judge.total import total

Channels = tuple[Channel, ...]


class Keyring(Struct, frozen=True, kw_only=True):
    """Both keys and what they are turned by; one entry a channel. Never reset between stages."""

    starts: Starts
    strict: tuple[Evidence, ...]
    """Against "not worse"."""
    tolerant: tuple[Evidence, ...]
    """Against "not worse by more than is tolerated"."""
    tolerated: tuple[Tolerated, ...]
    """What the latest block was held against."""
    tempered: tuple[float, ...]
    """What the latest block's gains were divided by, on the log scale."""
    past: tuple[Share, ...]
    """Stable's own, fading."""
    estimates: tuple[Estimate, ...]
    scatter: tuple[Scatter, ...]
    """How the versions' difference jumped from block to block so far."""
    restless: tuple[Restless, ...]
    """How stable's own share moved so far."""
    agreeing: int = 0
    """Blocks in a row that have seen both keys turned."""


def new_keyring(
    *, settings: Settings, channels: Channels, profile: Profile, planned_blocks: int, stages: int
) -> Keyring:
    """Begin with nothing turned."""
    nothing = tuple(no_evidence(settings.grid) for _ in channels)
    return Keyring(
        starts=Starts(planned_blocks=planned_blocks, stages=stages),
        strict=nothing,
        tolerant=nothing,
        tolerated=(Tolerated(),) * len(channels),
        tempered=tuple(noise.burst for noise in profile.judged),
        past=profile.judged_past or (Share(),) * len(channels),
        estimates=(Estimate(),) * len(channels),
        scatter=(Scatter(),) * len(channels),
        restless=(Restless(),) * len(channels),
    )


def turn(
    keys: Keyring, block: Block, *, settings: Settings, channels: Channels, profile: Profile, cold: bool
) -> Keyring:
    """Let a block turn the keys: first it is judged by what was known before it, then it becomes the past."""
    # Everything that a bet is made with (tolerance, tempering, what is laid out) must be known before the
    # block is seen: a tolerance that this very block had moved would let a canary choose what it is measured
    # by.
    tolerated = tolerances(
        settings,
        channels=channels,
        past=keys.past,
        noise=profile.judged,
        stable_pods=block.stable_pods,
        canary_pods=block.canary_pods,
    )
    warm = _warm(channels, block, cold=cold)
    splits = on_trial(channels, block, cold=cold)
    stable = tuple(Share(total=split.stable, bad=split.stable_bad) for split in block.judged)
    starts = next_start(keys.starts, weight=block.weight)
    tempered = _tempered(keys, splits, profile=profile, span_s=block.span_s)
    add = partial(_add, noise=profile.judged, tempered=tempered, settings=settings, fresh=starts.fresh)
    turned = Keyring(
        starts=starts,
        strict=add(keys.strict, splits, tolerated=(Tolerated(),) * len(splits)),
        tolerant=add(keys.tolerant, splits, tolerated=tolerated),
        tolerated=tolerated,
        tempered=tempered,
        past=tuple(
            fade(past, fresh=share, span_s=block.span_s, half_life_s=settings.half_life_s)
            for past, share in zip(keys.past, stable, strict=True)
        ),
        estimates=tuple(map(add_to_estimate, keys.estimates, warm)),
        scatter=tuple(map(add_to_scatter, keys.scatter, splits)),
        restless=tuple(map(partial(add_recent, span_s=block.span_s), keys.restless, stable)),
    )
    if not both_turned(turned, settings=settings, channels=channels):
        return turned
    # One block may be an artefact (two weights in it, a scrape that came late); two are not, and cost one
    # block of time. A block that compares nothing leaves the count as it is: silence is neither yes nor no.
    return replace(turned, agreeing=keys.agreeing + _compares(splits))


def on_trial(channels: Channels, block: Block, *, cold: bool) -> tuple[Split, ...]:
    """Return a block's splits with the canary on trial, one a channel."""
    return tuple(map(_facing, channels, _warm(channels, block, cold=cold)))


def _warm(channels: Channels, block: Block, *, cold: bool) -> tuple[Split, ...]:
    # The latency of new pods is their start, not the version: caches, connections, a JIT. Errors of a cold
    # pod count: users get them.
    return tuple(
        Split() if cold and channel.kind is Kind.SLOW else split
        for channel, split in zip(channels, block.judged, strict=True)
    )


def key(keys: Keyring, evidence: tuple[Evidence, ...], *, channels: Channels) -> float:
    """Return how far a key has turned: 100.0 is 100:1."""
    spent = keys.starts.spent
    return total(
        channel.weight * each.against(spent=spent)
        for channel, each in zip(channels, evidence, strict=True)
        if channel.weight > 0
    )


def both_turned(keys: Keyring, *, settings: Settings, channels: Channels) -> bool:
    """Return whether both keys are turned now."""
    worse = key(keys, keys.strict, channels=channels)
    return worse >= 1 / settings.alpha and key(keys, keys.tolerant, channels=channels) >= 1 / settings.beta


def _compares(splits: tuple[Split, ...]) -> bool:
    """Return whether a block says anything; one that does not neither agrees nor objects."""
    return any(split.stable > 0 and split.canary > 0 for split in splits)


def _facing(channel: Channel, split: Split) -> Split:
    """Turn a split so that the canary is on trial; empty where it is not."""
    if channel.weight <= 0:
        return Split()
    # Bets are laid on "the canary is bad more often". Fewer orders are no more of anything, so the roles are
    # swapped.
    return mirrored(split) if channel.kind is Kind.EVENTS else split


def _tempered(
    keys: Keyring, splits: tuple[Split, ...], *, profile: Profile, span_s: float
) -> tuple[float, ...]:
    """Return what each channel's evidence is divided by; where nothing is judged, what it was before."""
    return tuple(
        tempering(noise=noise, restless=restless, scatter=scatter, split=split, span_s=span_s)
        if split.stable > 0 and split.canary > 0
        else before
        for noise, restless, scatter, split, before in zip(
            profile.judged, keys.restless, keys.scatter, splits, keys.tempered, strict=True
        )
    )


def _add(
    evidence: tuple[Evidence, ...],
    splits: tuple[Split, ...],
    *,
    tolerated: tuple[Tolerated, ...],
    noise: tuple[Noise, ...],
    tempered: tuple[float, ...],
    settings: Settings,
    fresh: float,
) -> tuple[Evidence, ...]:
    grid, cap = settings.grid, settings.cap
    return tuple(
        add_block(
            evidence[at],
            gains=log_gains(
                lent_to(split, tolerated[at]),
                grid=grid,
                tolerated=tolerated[at].asked,
                burst=noise[at].burst,
                tempered=tempered[at],
                cap=cap,
            ),
            fresh=fresh,
        )
        for at, split in enumerate(splits)
    )
