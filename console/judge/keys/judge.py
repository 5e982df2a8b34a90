"""The judge, put together: begin, take ticks or blocks in, and say what they amount to.

The state is one frozen record, and part of a release's fold.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.judge.keys.block_cap import block_cap
from console.judge.keys.blocks import Block, Pending, Tick, add_tick, sound
from console.judge.keys.channels import Channels, usual_share
from console.judge.keys.course import Course, follow
from console.judge.keys.estimate import uplift_of
from console.judge.keys.gross import Gross, Situation, read_gross
from console.judge.keys.harmless import Harmless, show, shown
from console.judge.keys.keyring import Keyring, new_keyring, on_trial, turn
from console.judge.keys.latency import p99_times
from console.judge.keys.noise import Profile
from console.judge.keys.settings import Settings
from console.judge.keys.split_check import SplitCheck, check_split, is_off, unchecked
from console.judge.keys.tolerance import tolerances
from console.judge.keys.usage import UsageWatch, hear, read_usage, watch_use
from console.judge.keys.verdict import ChannelVerdict, KeysVerdict, LimitVerdict, SplitVerdict
from console.judge.keys.watch import LimitWatch, new_watch, watch_limits
from console.judge.total import total
from console.judge.verdict import Action, Why
from console.plan.model import Alone, OnSharedBreach

BLIND_BLOCKS = 3
"""Blocks without data after which what is known is too old to go on with: one late scrape is no blindness."""
LONGEST_BLOCK = 2
"""A block ends with the first scrape behind its length, and is no longer than twice that."""
BLIND_PAUSE_S = 300.0
"""Blind for this long, the release should not just stand there unnoticed."""


class KeysState(Struct, frozen=True, kw_only=True):
    """Everything that the judge knows."""

    settings: Settings
    channels: Channels
    profile: Profile
    planned_blocks: int
    stages: int
    began_at_s: float | None
    """When the first tick or block began; blindness counts from here."""
    keys: Keyring
    calm_keys: Keyring
    """The keys as they were when nothing spoke for a shared outage: a resumed release goes on from here."""
    limits: LimitWatch
    split: SplitCheck
    harmless: Harmless = Harmless()
    """What the third key has shown at the present weight."""
    usage: UsageWatch = UsageWatch()
    course: Course = Course()
    pending: Pending = Pending()
    gross: Gross | None = None
    """What the latest look showed from sample to sample, where that is gross damage."""
    tempered_before: tuple[float, ...] = ()
    """What evidence was tempered by when the looks became suspicious; empty while they are not."""


def begin(
    *, settings: Settings, channels: Channels, profile: Profile, planned_blocks: int, stages: int
) -> KeysState:
    """Begin to judge a release of `stages` stages, planned to take `planned_blocks` blocks.

    A person's "continue anyway" begins anew: another judge, with an error budget of its own.
    """
    keys = new_keyring(
        settings=settings,
        channels=channels.judged,
        profile=profile,
        planned_blocks=planned_blocks,
        stages=stages,
    )
    return KeysState(
        settings=settings,
        channels=channels,
        profile=profile,
        planned_blocks=planned_blocks,
        stages=stages,
        began_at_s=None,
        keys=keys,
        calm_keys=keys,
        limits=new_watch(
            settings=settings,
            limits=channels.limits,
            profile=profile,
            planned_blocks=planned_blocks,
            stages=stages,
        ),
        split=unchecked(settings),
    )


def take(state: KeysState, tick: Tick) -> KeysState:
    """Take a tick in; the ticks of `block_s` seconds make a block."""
    if state.began_at_s is None:
        state = replace(state, began_at_s=tick.at_s - tick.span_s)
    pending, block = add_tick(state.pending, tick, channels=state.channels, block_s=state.settings.block_s)
    # What the blocks learn of restlessness while damage lasts may be the damage.
    before = (state.tempered_before or state.keys.tempered) if tick.stretches else ()
    state = replace(state, tempered_before=before)
    state = replace(state, pending=pending, usage=_used(state.usage, tick), gross=_gross(state, tick))
    return observe(state, block) if block is not None else state


def _gross(state: KeysState, tick: Tick) -> Gross | None:
    """Read what was seen from sample to sample; most looks have nothing of it."""
    if not tick.stretches:
        return None
    return read_gross(tick.stretches, _situation(state, tick), bounds_ms=tick.bounds_ms)


def _situation(state: KeysState, tick: Tick) -> Situation:
    """Say what was known before the look."""
    settings, course, keys = state.settings, state.course, state.keys
    # A block tells of a new weight when it ends, and not when it came within it.
    grew_at_s = (
        tick.at_s if tick.weight > course.weight else course.grew_at_s + LONGEST_BLOCK * settings.block_s
    )
    return Situation(
        settings=settings,
        channels=state.channels.judged,
        tolerated=tolerances(
            settings,
            channels=state.channels.judged,
            past=keys.past,
            noise=state.profile.judged,
            stable_pods=tick.stable_pods,
            canary_pods=tick.canary_pods,
        ),
        usual=tuple(map(usual_share, keys.past)),
        bursts=tuple(noise.burst for noise in state.profile.judged),
        tempered=state.tempered_before,
        weight=max(tick.weight, course.weight),
        cold=course.cold,
        new_for_s=tick.at_s - grew_at_s,
        passed_s=tick.at_s - (state.began_at_s or 0.0),
        planned_s=state.planned_blocks * settings.block_s,
    )


def _used(watch: UsageWatch, tick: Tick) -> UsageWatch:
    """Take in what the pods used; a tick that saw nothing new says nothing of it."""
    if tick.stable is None or tick.canary is None or tick.span_s <= 0:
        return watch
    return watch_use(
        watch,
        stable=tick.stable_use,
        canary=tick.canary_use,
        at_s=tick.at_s,
        span_s=tick.span_s,
        weight=tick.weight,
    )


def observe(state: KeysState, block: Block) -> KeysState:
    """Take a block in. One that does not end after the one before it is its copy, and changes nothing."""
    if block.at_s <= state.course.at_s:
        return state
    # A counter that answered with NaN or a negative number would poison every product of bets for good: the
    # split is emptied, which says nothing, rather than the block refused, which would lose the other channels
    # too.
    block = sound(block)
    settings, profile = state.settings, state.profile
    course = follow(state.course, block, settings=settings)
    cap = block_cap(
        block, settings=settings, course=state.course, watch=state.limits, limits=state.channels.limits
    )
    keys = turn(
        state.keys,
        block,
        settings=replace(settings, cap=cap),
        channels=state.channels.judged,
        profile=profile,
        cold=course.cold,
    )
    limits = watch_limits(
        state.limits,
        block,
        settings=settings,
        limits=state.channels.limits,
        profile=profile,
        cold=course.cold,
    )
    return replace(
        state,
        began_at_s=block.at_s - block.span_s if state.began_at_s is None else state.began_at_s,
        keys=keys,
        harmless=_shown(state, block, keys, cold=course.cold),
        # The keys go on while an outage lasts, for a canary may cause it. What they win meanwhile is kept
        # apart: a person who goes on after the outage must not meet a verdict that the outage made.
        calm_keys=state.calm_keys if limits.suspects_both or limits.shared_since_s is not None else keys,
        limits=limits,
        split=check_split(
            state.split, block, settings=settings, settled=course.settled, fresh=limits.starts.fresh
        ),
        course=course,
    )


def _shown(state: KeysState, block: Block, keys: Keyring, *, cold: bool) -> Harmless:
    """Turn the third key by a block; what the block is held against was known before it."""
    if not state.settings.shows:
        return state.harmless
    return show(
        state.harmless,
        on_trial(state.channels.judged, block, cold=cold),
        weight=block.weight,
        tolerated=keys.tolerated,
        noise=state.profile.judged,
        tempered=keys.tempered,
        settings=state.settings,
    )


def is_harmless(state: KeysState) -> bool:
    """Return whether the canary is shown not to be worse than tolerated at the weight of the latest block."""
    channels, settings = state.channels.judged, state.settings
    weight, stages = state.course.weight, state.stages
    return settings.shows and shown(
        state.harmless, channels=channels, weight=weight, settings=settings, stages=stages
    )


def refresh_noise(state: KeysState, profile: Profile) -> KeysState:
    """Go on with the noise of another hour, at the start of a stage; stable's past goes on as it is."""
    return replace(state, profile=profile)


def resume(state: KeysState) -> KeysState:
    """Go on after a pause: watch the limits anew, and forget what a shared outage seemed to prove.

    It is the whole stretch since anything spoke for both being beyond. Which blocks these are depends on how
    many requests of both went bad; that the breach was shared is told by stable's own requests too, so by the
    split. To forget is therefore no fair bet any more, and not proved: a canary that is bad enough for two is
    never forgotten by it, and one beside a stable version that suffers as much has won little.
    """
    shared = state.limits.shared_since_s is not None
    watch = new_watch(
        settings=state.settings,
        limits=state.channels.limits,
        profile=state.profile,
        planned_blocks=state.planned_blocks,
        stages=state.stages,
    )
    # Only a shared outage is forgotten. After any other pause the keys keep what they have won: else a person
    # who says "go on" three times would have given the canary three fresh error budgets.
    keys = state.calm_keys if shared else state.keys
    return replace(
        state,
        keys=keys,
        calm_keys=keys,
        # What stable is used to stays known. Only what has fired is forgotten.
        limits=replace(watch, past=state.limits.past, settles_at_s=state.limits.settles_at_s),
        # A person has seen that the split was off: what was counted until then would pause the release again
        # at once.
        split=unchecked(state.settings),
        usage=hear(state.usage, alpha=state.settings.alpha),
    )


def verdict(state: KeysState, *, at_s: float) -> KeysVerdict:
    """Say what is known at `at_s`."""
    settings, keys = state.settings, state.keys
    action, why = _decide(state, at_s=at_s)
    read = _channels(state)
    # A mean of supermartingales with fixed weights is one, however the channels depend on each other: so slow
    # errors, which raise two channels at once, are not counted twice, and no correction for many tests is
    # needed.
    k1 = total(each.weight * each.worse for each in read)
    k2 = total(each.weight * each.beyond for each in read)
    return KeysVerdict(
        action=action,
        why=why,
        k1=k1,
        k2=k2,
        k1_needed=1 / settings.alpha,
        k2_needed=1 / settings.beta,
        agreeing=keys.agreeing,
        culprit=_culprit(read, tolerant=k2 >= 1 / settings.beta),
        channels=read,
        limits=_limits(state),
        p99_times=p99_times(state.channels.judged, keys.estimates),
        shared=state.limits.shared_since_s is not None,
        usage=read_usage(state.usage, alpha=settings.alpha),
        harmless=is_harmless(state),
        split=SplitVerdict(
            asked=state.course.weight / 100,
            served=_served(state),
            requests=state.split.stable + state.split.canary,
        ),
        blind_s=blind_s(state, at_s=at_s),
        gross=state.gross,
        calm_s=None if state.limits.beyond_at_s is None else at_s - state.limits.beyond_at_s,
    )


def blind_s(state: KeysState, *, at_s: float) -> float:
    """Return the time since the latest block; before the first, since the beginning."""
    if state.began_at_s is None:
        return 0.0
    return max(0.0, at_s - max(state.began_at_s, state.course.at_s))


def is_stale(state: KeysState, *, blind_s: float) -> bool:
    """Return whether what is known is too old to go on with: nothing was compared for `blind_s`."""
    return blind_s > BLIND_BLOCKS * state.settings.block_s


def _decide(state: KeysState, *, at_s: float) -> tuple[Action, Why]:
    """Put the keys first: a proven canary is rolled back whatever else is wrong."""
    settings, limits = state.settings, state.limits
    # The order is the argument. A proven difference is the canary's whatever else is wrong. After it a shared
    # breach goes before the canary's own: where both suffer, that the canary is beyond a limit proves
    # nothing. Blindness comes last, because each of the others is known from data, and it is the lack of any.
    if state.keys.agreeing >= settings.confirm_blocks:
        return Action.ROLL_BACK, Why.WORSE
    if state.gross is not None and state.gross.proven:
        return Action.ROLL_BACK, Why.WORSE
    if limits.shared_since_s is not None:
        return _on_shared_breach(state, limits.shared_since_s), Why.SHARED_BREACH
    if limits.canary_since_s is not None:
        return _ALONE[settings.alone] if limits.alone else Action.PAUSE, Why.BEYOND_LIMIT
    if is_off(state.split, alpha=settings.alpha, spent=limits.starts.spent):
        return Action.PAUSE, Why.SPLIT_OFF
    if any(each.beyond for each in read_usage(state.usage, alpha=settings.alpha)):
        return Action.PAUSE, Why.USES_MORE
    if blind_s(state, at_s=at_s) >= BLIND_PAUSE_S:
        return Action.PAUSE, Why.BLIND
    return Action.GO_ON, Why.NOTHING


# At 100% nobody can tell whether stable would do better. One weight back it can be asked: the keys decide
# there, and nine of ten users, or one of two, have stable meanwhile.
_ALONE = {
    Alone.RETREAT: Action.RETREAT,
    Alone.PAUSE: Action.PAUSE,
    Alone.ROLLBACK: Action.ROLL_BACK,
}


def _on_shared_breach(state: KeysState, since_s: float) -> Action:
    # An outage right behind a step up may be the step's own doing (a pool, a cache, a quota that both use);
    # one that comes later is not.
    grown = since_s - state.course.grew_at_s <= state.settings.retreat_within_s
    retreat = grown and state.settings.on_shared_breach is OnSharedBreach.RETREAT
    return Action.RETREAT if retreat else Action.PAUSE


def _channels(state: KeysState) -> tuple[ChannelVerdict, ...]:
    keys, spent = state.keys, state.keys.starts.spent
    return tuple(
        ChannelVerdict(
            name=channel.name,
            kind=channel.kind,
            weight=channel.weight,
            worse=keys.strict[at].against(spent=spent),
            beyond=keys.tolerant[at].against(spent=spent),
            tolerated=keys.tolerated[at].ratio,
            pod=keys.tolerated[at].pod,
            tempered=keys.tempered[at],
            uplift=uplift_of(keys.estimates[at], burst=state.profile.judged[at].burst),
        )
        for at, channel in enumerate(state.channels.judged)
        if channel.weight > 0
    )


def _culprit(channels: tuple[ChannelVerdict, ...], *, tolerant: bool) -> str:
    """Name who turned the last key that is turned: without it nothing would be proven. Empty: nobody.

    Where latency is worse beyond doubt but only the errors are beyond what is tolerated, it is the errors.
    """
    name, most = "", 0.0
    for each in channels:
        evidence = each.beyond if tolerant else each.worse
        # Up to 1 a channel speaks against the proof, however large its part of the budget is.
        if evidence > 1 and each.weight * evidence > most:
            name, most = each.name, each.weight * evidence
    return name


def _served(state: KeysState) -> float:
    requests = state.split.stable + state.split.canary
    return state.split.canary / requests if requests > 0 else 0.0


def _limits(state: KeysState) -> tuple[LimitVerdict, ...]:
    watch = state.limits
    return tuple(
        LimitVerdict(
            name=limit.name,
            limit=ratio,
            canary=evidence.canary.against(spent=watch.starts.spent),
            both=evidence.both.against(spent=watch.starts.spent),
        )
        for limit, ratio, evidence in zip(state.channels.limits, watch.ratios, watch.evidence, strict=True)
    )
