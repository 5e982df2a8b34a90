"""All hard limits of a release: what has fired, whether both versions suffer, and since when."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.judge.keys.alpha_spending import Starts, next_start
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Kind, Limit, Share, Split
from console.judge.keys.limits import LimitEvidence, add_to_limit, limit_ratio, no_breach
from console.judge.keys.noise import Profile
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import fade

SETTLES_S = 60.0
"""Seconds from the end of a shared outage until what is seen is no longer the outage's."""


class LimitWatch(Struct, frozen=True, kw_only=True):
    """All hard limits; what has fired stays fired until the release is resumed."""

    starts: Starts
    evidence: tuple[LimitEvidence, ...]
    ratios: tuple[float, ...]
    """The limits that the latest block was held against."""
    past: tuple[Share, ...]
    """Stable's own, fading."""
    canary_since_s: float | None = None
    """Since when a limit is known to be exceeded: by the canary, or by both versions together."""
    shared_since_s: float | None = None
    """Since when both versions are known to exceed one."""
    alone: bool = False
    """Whether it fired where stable had no traffic to compare with."""
    beyond_at_s: float | None = None
    """When the canary's share or both versions' was last beyond a limit, proven or not."""
    both_beyond: bool = False
    """Whether both versions' share was in the latest block."""
    settles_at_s: float | None = None
    """When the latest shared outage will be over for a minute, as far as stable's requests tell."""

    @property
    def suspects_both(self) -> bool:
        """Whether anything at all speaks for both versions being beyond a limit now."""
        spent = self.starts.spent
        return self.both_beyond or any(each.both.against(spent=spent) > 1.0 for each in self.evidence)


def new_watch(
    *, settings: Settings, limits: tuple[Limit, ...], profile: Profile, planned_blocks: int, stages: int
) -> LimitWatch:
    """Begin with no breach."""
    return LimitWatch(
        starts=Starts(planned_blocks=planned_blocks, stages=stages),
        evidence=(no_breach(settings),) * len(limits),
        ratios=tuple(limit.ratio for limit in limits),
        past=profile.limits_past or (Share(),) * len(limits),
    )


def watch_limits(
    watch: LimitWatch,
    block: Block,
    *,
    settings: Settings,
    limits: tuple[Limit, ...],
    profile: Profile,
    cold: bool,
) -> LimitWatch:
    """Hold a block against every limit, then let it become the past."""
    splits = tuple(_warm(limit, split, cold=cold) for limit, split in zip(limits, block.limits, strict=True))
    starts = next_start(watch.starts, weight=block.weight)
    ratios = tuple(
        limit_ratio(limit.ratio, past=past) for limit, past in zip(limits, watch.past, strict=True)
    )
    canary_beyond, both_beyond = _beyond(splits, ratios)
    evidence = tuple(
        add_to_limit(before, split, settings=settings, limit=ratio, burst=noise.burst, fresh=starts.fresh)
        for before, split, ratio, noise in zip(watch.evidence, splits, ratios, profile.limits, strict=True)
    )
    grown = LimitWatch(
        starts=starts,
        evidence=evidence,
        ratios=ratios,
        past=tuple(
            _faded(past, split, block, settings) for past, split in zip(watch.past, splits, strict=True)
        ),
        canary_since_s=watch.canary_since_s,
        shared_since_s=watch.shared_since_s,
        alone=watch.alone,
        beyond_at_s=block.at_s if both_beyond or canary_beyond else watch.beyond_at_s,
        both_beyond=both_beyond,
    )
    return _settling(_fired(grown, block, settings=settings), block, limits=limits, before=watch)


def stable_is_beyond(limits: tuple[Limit, ...], block: Block) -> bool:
    """Return whether stable was beyond what is configured in a block: a shared outage has not ended yet."""
    # Not by the limit in force: that one grows with what stable is used to, and so with the outage itself.
    return any(
        split.stable_bad > limit.ratio * split.stable
        for limit, split in zip(limits, block.limits, strict=True)
    )


def _settling(
    watch: LimitWatch, block: Block, *, limits: tuple[Limit, ...], before: LimitWatch
) -> LimitWatch:
    lasts = watch.shared_since_s is not None and stable_is_beyond(limits, block)
    return replace(watch, settles_at_s=block.at_s + SETTLES_S if lasts else before.settles_at_s)


def _warm(limit: Limit, split: Split, *, cold: bool) -> Split:
    """Leave a cold canary's latency out; stable is held to the limit all the same."""
    # Errors are not left out: users get those from a cold pod as from a warm one.
    if cold and limit.kind is Kind.SLOW:
        return replace(split, canary=0.0, canary_bad=0.0)
    return split


def _fired(watch: LimitWatch, block: Block, *, settings: Settings) -> LimitWatch:
    canary, shared = _breaches(watch, settings)
    since, shared_since = watch.canary_since_s, watch.shared_since_s
    # What has fired stays as it was when it fired: how soon behind a step it came decides between a retreat
    # and a pause, and must not move with each block.
    new = (canary and since is None) or (shared and shared_since is None)
    if not new:
        return watch
    return replace(
        watch,
        canary_since_s=block.at_s if canary and since is None else since,
        shared_since_s=block.at_s if shared and shared_since is None else shared_since,
        alone=watch.alone or all(split.stable <= 0 for split in block.limits),
    )


def _breaches(watch: LimitWatch, settings: Settings) -> tuple[bool, bool]:
    """Return whether a limit is proven to be exceeded, and whether both versions are proven to do so.

    Both together may exceed it through a canary that is bad enough for two: it is shared only where
    stable's own requests speak for it too.
    """
    spent, needed = watch.starts.spent, 2 / settings.alpha
    # The canary's bet and the one on both share the alarm, hence twice the odds; stable's own only tells
    # which of the two it is, and errs to "not shared", which is what the keys then judge.
    canary = any(each.canary.against(spent=spent) >= needed for each in watch.evidence)
    both = [each for each in watch.evidence if each.both.against(spent=spent) >= needed]
    shared = any(each.stable.against(spent=spent) >= 1 / settings.beta for each in both)
    return canary or bool(both), shared


def _beyond(splits: tuple[Split, ...], ratios: tuple[float, ...]) -> tuple[bool, bool]:
    """Return whether the canary's share is beyond a limit in one block, and whether both versions' is."""
    held = tuple(zip(splits, ratios, strict=True))
    canary = any(each.canary_bad > ratio * each.canary for each, ratio in held)
    both = any(
        each.canary_bad + each.stable_bad > ratio * (each.canary + each.stable) for each, ratio in held
    )
    return canary, both


def _faded(past: Share, split: Split, block: Block, settings: Settings) -> Share:
    fresh = Share(total=split.stable, bad=split.stable_bad)
    return fade(past, fresh=fresh, span_s=block.span_s, half_life_s=settings.half_life_s)
