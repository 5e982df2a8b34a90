"""What a tick saw, and what guards say of it."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from console.evidence import Counts, Sample
from console.judge import memory as judge
from console.judge.memory import Memory
from console.judge.reading import Verdict
from console.judge.tally import ratio
from console.metrics.lag import NAME as STORE
from console.plan.routers import settle_s
from console.plan.units import words_count
from console.release.about import About, By, Gravity
from console.release.event import Event, Remark
from console.release.event_words import verdict_in_words
from console.release.obstacles import Kind, obstacles, waits_for_known_time
from console.release.parts import Rollback
from console.release.state import Phase, Release


class SampleTaken(Event, frozen=True, kw_only=True, tag="sample"):
    """The evidence of a tick, also of one that saw nothing."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.HIDDEN)

    sample: Sample

    def change(self, release: Release, at: float, /) -> Release:
        sample = self.sample
        ticked = replace(
            release,
            tick_at=at,
            # What was seen in part, or not at all, does not make the last evidence any newer, and says
            # nothing of how late the store is. So both keep what the last whole sample told.
            seen_at=release.seen_at if sample.unsure else at,
            lag_s=release.lag_s if sample.unsure else sample.lag_s,
            blind_because=sample.unsure,
            # A router that can't be read is told once, when it begins or changes its cause. How long it lasts
            # is counted here by the samples, so that an hour of it is one record and not a thousand.
            unread=replace(release.unread, ticks=release.unread.ticks + 1) if release.unread else None,
            # The worker reads the router beside each sample and writes down first where that failed: a sample
            # with no `unread` is a tick that has read it.
            just_read=release.unread is None,
            stable_ready=sample.stable.pods.ready,
            canary_ready=sample.canary.pods.ready,
            memory=_looked(release, sample, at),
            # A pipeline's release that was taken up goes on by itself, once it has seen evidence of its own.
            taken_up_by=release.taken_up_by if release.attended or sample.unsure else None,
            failed_on_canary=release.failed_on_canary + _failed(sample),
        )
        # Both clocks count time in which this weight could be seen. A store that is 30 s late shows the
        # weight of before for so long: neither the hold nor the patience may run on what users had then.
        if release.phase is Phase.RUNNING and _of_before(release, sample, at):
            return ticked  # neither clock runs: nothing of this weight can be seen yet
        if release.phase is Phase.RUNNING:
            return _run_clocks(ticked, _step_s(release, at, lag_s=0.0 if sample.unsure else sample.lag_s))
        return replace(ticked, rollback=_cleared(_gone(release.rollback, sample, at), sample, at))

    def in_words(self, release: Release, /) -> str:
        sample, plan = self.sample, release.plan
        stable, canary = sample.stable.counts, sample.canary.counts
        if stable is None or canary is None:
            return f"blind: {sample.trouble or 'no data'}"
        in_part = f"seen in part, {sample.unsure}: " if sample.partial else ""
        on_stable, on_canary = (_had(counts, sample.span_s) for counts in (stable, canary))
        return f"{in_part}{plan.stable.name} {on_stable}, {plan.canary.name} {on_canary}"


GAP_TICKS = 3
"""A tick that comes more than this many intervals after the one before ends a gap that stops all clocks."""


GONE_SHARE = 0.005
"""With less than this share of the requests the canary serves nobody any more: stragglers and probes."""


def _failed(sample: Sample) -> float:
    counts = sample.canary.counts
    return counts.errors if counts else 0.0


def _cleared(rollback: Rollback | None, sample: Sample, at: float) -> Rollback | None:
    """Add up the time in which the canary served nobody, in samples wholly behind the confirmation."""
    if rollback is None or rollback.confirmed_at is None or sample.partial or sample.blind:
        return rollback  # what was not seen is no proof that nobody is served
    # The sample must begin behind the confirmation: one that straddles it has the requests of before, and
    # would say "still served" of a rollback that worked.
    began_at = at - sample.lag_s - sample.span_s
    if began_at < rollback.confirmed_at:
        return rollback
    stable, canary = sample.stable.counts, sample.canary.counts
    served = canary.requests if canary else 0.0
    # Any sample with traffic begins the count anew: users have recovered when the canary was idle in one
    # piece, not when idle looks add up between busy ones.
    if served > GONE_SHARE * (served + (stable.requests if stable else 0.0)):
        return replace(rollback, served=served, clear_since=None, clear_requests=0.0, clear_errors=0.0)
    begun = rollback.clear_since is not None
    return replace(
        rollback,
        served=served,
        clear_since=rollback.clear_since if begun else began_at,
        clear_requests=(rollback.clear_requests if begun else 0.0) + (stable.requests if stable else 0.0),
        clear_errors=(rollback.clear_errors if begun else 0.0) + (stable.errors if stable else 0.0),
    )


def _gone(rollback: Rollback | None, sample: Sample, at: float) -> Rollback | None:
    """Note the first sample, wholly after the rollback's confirmation, in which stable serves alone."""
    if rollback is None or rollback.confirmed_at is None or rollback.gone_at is not None or sample.partial:
        return rollback
    stable, canary = (look.counts.requests if look.counts else 0.0 for look in (sample.stable, sample.canary))
    share = ratio(canary, stable + canary)
    # As above: a sample that straddles the confirmation has the requests of before.
    wholly_after = at - sample.lag_s - sample.span_s >= rollback.confirmed_at
    if share is None or share > GONE_SHARE or not wholly_after:
        return rollback
    return replace(rollback, gone_at=at)


def _looked(release: Release, sample: Sample, at: float) -> Memory:
    stage = release.stage
    if stage is None:
        return release.memory
    # A late sample was answered at the weight before. The keys take it, at that weight; the stage does not.
    before = _of_before(release, sample, at)
    weight = release.weight_before_stage if before else release.weight or 0
    return judge.look(
        release.memory,
        stage,
        plan=release.plan,
        at=at,
        weight=weight,
        sample=sample,
        of_before=before,
        unsure=bool(sample.unsure) and at < release.shown_at,
        settle_s=settle_s(release.plan.kind),
    )


def _of_before(release: Release, sample: Sample, at: float) -> bool:
    """Return whether this was answered before the weight came into force: the store shows it late."""
    return sample.lag_s > 0 and not sample.unsure and at - sample.lag_s < release.stage_at


def _step_s(release: Release, at: float, *, lag_s: float) -> float:
    """Time since the tick before, as far as the stage can be seen; none through a gap, none backwards."""
    # A laptop's lid, a stopped worker, a clock that was set: the time between two ticks is not evidence of
    # the time between them. A long gap counts nothing, rather than the interval, for nobody looked.
    step_s = at - max(release.tick_at or 0.0, release.stage_at + lag_s)
    return step_s if 0.0 < step_s <= GAP_TICKS * release.plan.interval_s else 0.0


_HEALTHY = {Kind.HOLD, Kind.UNANSWERED, Kind.HIDDEN, Kind.UNSCORED, Kind.APPROVAL}
"""What stands in the way of a healthy release. What is hidden stalls it only once the hold is over, and so
do a score that has not come and requests that have yet to be answered."""


def _run_clocks(release: Release, step_s: float) -> Release:
    """Run the hold's clock in health, the patience's clock in want of it, and none while a person decides."""
    found = obstacles(release)
    kinds = {obstacle.kind for obstacle in found}
    # While a person decides, the patience must not run out under them and roll back what they are looking at.
    if kinds & {Kind.STRANGER, Kind.PAUSED, Kind.CHANGED} or (Kind.TAKEN_UP in kinds and release.attended):
        return release
    # Health is: nothing in the way, or only what time and a person's approval do away with. While the hold
    # lasts, what has yet to be shown, scored or answered is no want of health either: it has the hold's time
    # to come. Once the hold is over the same obstacles run the patience, but time that the judge can name.
    if kinds <= {Kind.HOLD, Kind.APPROVAL} or (Kind.HOLD in kinds and kinds <= _HEALTHY):
        return replace(release, held_s=release.held_s + step_s)
    if waits_for_known_time(release, found, now=release.tick_at or 0.0):
        return release
    # `stalled_s` is not set back by good ticks between bad ones: a canary that flaps would never come to an
    # end.
    stalled = replace(release, stalled_s=release.stalled_s + step_s)
    # A ripe breach begins the hold anew, and the stage's sums with it: else the whole stage would be read
    # with this breach in it at every later step, and the release could never leave.
    if Kind.HELD_BY_GUARD in kinds:
        return replace(stalled, held_s=0.0, memory=judge.begin_anew(release.memory))
    return stalled


def _had(counts: Counts, span_s: float) -> str:
    rps = ratio(counts.requests, span_s)
    rate = "" if rps is None else f" ({rps:.0f}/s)"
    return f"{words_count(counts.requests, 'request')}{rate}, {words_count(counts.errors, 'error')}"


class GuardTurned(Remark, frozen=True, kw_only=True, tag="guard_turned"):
    """A guard's verdict is another than before; for the reader, the fold has its own."""

    about: ClassVar[About] = About(by=By.VERDICT, gravity=Gravity.QUIET, sign="!", means="breach")

    guard: str
    verdict: str
    words: str

    @property
    def gravity(self) -> Gravity:
        """A breach is grave."""
        return Gravity.GRAVE if self.verdict == Verdict.BREACH else self.about.gravity

    @property
    def sign(self) -> str:
        """Only a breach has one."""
        return self.about.sign if self.verdict == Verdict.BREACH else ""

    def in_words(self, _release: Release, /) -> str:
        if self.guard == STORE:  # what it says is no verdict on the canary
            return f"{STORE}: {self.words}"
        return f"{verdict_in_words(self.verdict)}: {self.words}"
