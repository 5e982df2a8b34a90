"""What the judge remembers from look to look: part of the release's fold, so a replay judges alike."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import Pods, Sample
from console.judge.arrivals import Arrivals, arrive, begin_at_weight
from console.judge.guard import read_guard
from console.judge.judge_kind import Look
from console.judge.keys.noise import Profile
from console.judge.reading import Reading, Verdict
from console.judge.registry import RULES_ALONE, AnyState, begin, judge_of
from console.judge.tally import Tally, add_sample
from console.judge.terms import Terms
from console.judge.value import Restarts, is_traffic
from console.judge.window import Seen, Window, after, slide
from console.plan.kinds import OF_PODS, can_be_judged
from console.plan.model import Guard, Plan, Stage
from console.plan.routed import SETTLE_S

FELT_S, FELT_TICKS = 10.0, 2
"""What users feel now is read over this long, and over two ticks at least, where no guard names another
window: shorter ones jump with single requests, longer ones tell of what is over."""


class Memory(Struct, frozen=True, kw_only=True):
    """Everything that the verdicts are made from."""

    recent: tuple[Seen, ...] = ()
    """The samples at this weight, as far back as the longest window of the stage's guards, and as what users
    feel now is read from."""
    windows: tuple[Window, ...] = ()
    """What the guards look at: one for each length that the stage's guards have."""
    stage: Tally = Tally()
    """All evidence at this weight."""
    restarts: Restarts = Restarts()
    last_pods: tuple[Pods, Pods] = (Pods(), Pods())
    readings: tuple[Reading, ...] = ()
    """One a guard that is watched at this weight, in the plan's order."""
    judge: AnyState = RULES_ALONE
    """What the judge of the traffic knows: of the plan's guards alone until the release is opened."""
    arrivals: Arrivals = Arrivals()
    """Whether the requests that the weight asks for arrive."""

    @property
    def healthy(self) -> bool:
        """Whether every guard that is watched says so; without a look nothing is healthy."""
        return bool(self.recent) and all(reading.verdict is Verdict.HEALTHY for reading in self.readings)

    def reading(self, guard: Guard) -> Reading | None:
        """Return the guard's reading; None where it is not watched at this weight, or not yet."""
        return next((reading for reading in self.readings if reading.guard == guard.name), None)


def watched(stage: Stage) -> tuple[Guard, ...]:
    """Return the guards that can be asked at the stage's weight."""
    return tuple(
        guard for guard in stage.guards if can_be_judged(guard.metric, guard.rule, exposure=stage.exposure)
    )


def enter_stage(memory: Memory, *, at: float) -> Memory:
    """Begin a new weight: what was seen at another weight is no evidence for this one."""
    return replace(
        memory,
        recent=(),
        windows=(),
        stage=Tally(),
        readings=(),
        # Whether evidence is of one weight only is the judge's own to know: the keys go on, Kayenta's scores
        # begin anew.
        judge=judge_of(memory.judge).enter_stage(memory.judge),
        arrivals=begin_at_weight(memory.arrivals, at=at),
    )


def count_anew(memory: Memory, *, at: float) -> Memory:
    """Count what arrives anew, at a weight that the stage did not ask for."""
    return replace(memory, arrivals=begin_at_weight(memory.arrivals, at=at))


def begin_anew(memory: Memory) -> Memory:
    """Forget the stage's sums, but not the windows: after a hold the stage must show its evidence again."""
    # Windows that were emptied too would call the breach over at the next look.
    return replace(memory, stage=Tally())


def begin_judge(memory: Memory, plan: Plan, terms: Terms | None = None) -> Memory:
    """Begin to judge by `terms`, with an error budget of its own and nothing proven."""
    return replace(memory, judge=begin(plan, terms))


def begin_judge_anew(memory: Memory, plan: Plan) -> Memory:
    """Let another judge begin by the same terms."""
    return replace(memory, judge=judge_of(memory.judge).begin_anew(memory.judge, plan))


def refresh_judge(memory: Memory, profile: Profile) -> Memory:
    """Go on with stable's noise of the latest hour."""
    return replace(memory, judge=judge_of(memory.judge).refresh(memory.judge, profile))


def resume_judge(memory: Memory, *, at: float) -> Memory:
    """Go on after the judge held the release: its limits are watched anew."""
    return replace(memory, judge=judge_of(memory.judge).resume(memory.judge, at=at))


def look(
    memory: Memory,
    stage: Stage,
    *,
    plan: Plan,
    at: float,
    weight: int,
    sample: Sample,
    of_before: bool = False,
    unsure: bool = False,
    settle_s: float = SETTLE_S,
) -> Memory:
    """Take one sample into account, let the judge look, and read every guard.

    `weight` is the one that was in force when its requests were answered, and `settle_s` the time that the
    router needs until they follow another. With `of_before` that was another than the stage's: a judge takes
    them at that weight or not at all, and for the stage they are no evidence; with `unsure` it may have been.
    """
    # Counts come late: the first sample behind a step has requests of the weight before it. The keys know
    # what to do with them at that weight; for the stage, which must show its own evidence, they would be
    # borrowed.
    here = sample.without_traffic if of_before else sample.without_stretches
    recent = (*_kept(memory.recent, stage, at=at), Seen(at=at, sample=here))
    pods = (sample.stable.pods, sample.canary.pods)
    restarts = _restarts(memory, pods)
    gap_s = at - memory.recent[-1].at if memory.recent else 0.0
    looked = replace(
        memory,
        recent=recent,
        windows=_slid(memory.windows, stage, recent),
        stage=add_sample(memory.stage, here),
        restarts=restarts,
        last_pods=_known(memory, pods),
        arrivals=arrive(memory.arrivals, sample, at=at, weight=weight, settle_s=settle_s),
    )
    tallies = {window.window_s: window.tally for window in looked.windows}
    readings = tuple(
        _read(looked, guard, tallies[guard.window_s], at=at, gap_s=gap_s) for guard in watched(stage)
    )
    look = Look(at=at, weight=weight, sample=sample, pods=looked.last_pods, early=of_before or unsure)
    return replace(looked, readings=readings, judge=judge_of(memory.judge).look(memory.judge, plan, look))


def _kept(recent: tuple[Seen, ...], stage: Stage, *, at: float) -> tuple[Seen, ...]:
    """Keep what the longest window reaches back to, and always enough ticks for what users feel now."""
    longest = max((FELT_S, *(guard.window_s for guard in stage.guards)))
    kept = after(recent, at - longest)
    return kept if len(kept) >= FELT_TICKS - 1 else recent[1 - FELT_TICKS :]


def _slid(windows: tuple[Window, ...], stage: Stage, recent: tuple[Seen, ...]) -> tuple[Window, ...]:
    known = {window.window_s: window for window in windows}
    lengths = dict.fromkeys(guard.window_s for guard in stage.guards)
    return tuple(slide(known.get(length) or Window(window_s=length), recent) for length in lengths)


def _read(memory: Memory, guard: Guard, tally: Tally, *, at: float, gap_s: float) -> Reading:
    before = memory.reading(guard)
    # Prometheus and the cluster go blind apart: pods that crash are seen while Prometheus is away.
    if memory.recent[-1].sample.blind and guard.metric not in OF_PODS:
        return _blind(before, guard, at=at)
    traffic = is_traffic(guard.metric)  # made from the tally, all else from the samples
    return read_guard(
        guard,
        samples=() if traffic else _within(memory.recent, guard.window_s, at=at),
        tally=tally,
        restarts=memory.restarts,
        before=before,
        at=at,
        gap_s=gap_s,
    )


def _within(recent: tuple[Seen, ...], window_s: float, *, at: float) -> tuple[Sample, ...]:
    return tuple(seen.sample for seen in after(recent, at - window_s))


def whole_stage(memory: Memory, stage: Stage, *, at: float) -> tuple[Reading, ...]:
    """Read the traffic guards once over everything seen at this weight.

    A canary that is bad every other minute never stays bad for long enough; over the whole stage it shows.
    """
    return tuple(
        read_guard(
            guard,
            samples=(),
            tally=memory.stage,
            restarts=memory.restarts,
            before=None,
            at=at,
            gap_s=0.0,
        )
        for guard in watched(stage)
        if is_traffic(guard.metric)
    )


def _blind(before: Reading | None, guard: Guard, *, at: float) -> Reading:
    """Without data the timer of a `for` is frozen: neither reset nor fulfilled."""
    if before is None:
        return Reading(guard=guard.name, verdict=Verdict.BLIND, since=at)
    since = before.since if before.verdict is Verdict.BLIND else at
    return replace(before, verdict=Verdict.BLIND, ripe=False, since=since)


def _restarts(memory: Memory, pods: tuple[Pods, Pods]) -> Restarts:
    stable, canary = (
        # A count that fell is another pod's: that is no restart taken back.
        max(0, (now.restarts or 0) - before.restarts)
        if now.restarts is not None and before.restarts is not None
        else 0
        for now, before in zip(pods, memory.last_pods, strict=True)
    )
    return Restarts(stable=memory.restarts.stable + stable, canary=memory.restarts.canary + canary)


def _known(memory: Memory, pods: tuple[Pods, Pods]) -> tuple[Pods, Pods]:
    stable, canary = (
        # Kept over a look that could not be made, so that what restarted meanwhile counts with the next one.
        now if now.restarts is not None else before
        for now, before in zip(pods, memory.last_pods, strict=True)
    )
    return stable, canary
