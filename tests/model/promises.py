"""What must hold at every step of every release, checked on each record and beside the policy.

It keeps books of its own, from the events alone, and asks neither the policy nor the fold what may be: it
would only be told what they do. What the two keys say is taken from them as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from console.judge.keys.gate import gate
from console.judge.keys.judge import BLIND_BLOCKS
from console.judge.keys.verdict import Action
from console.plan.model import Guard, LowTraffic, Stage, Then
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release
from tests.model.oracle import Glance, Says, says, served, watched
from tests.model.setups import Setup
from tests.model.sights import Sight

Doubts = Iterator[str]
FRESH_TICKS = 3
AFTER_THE_END = (ev.CommandRefused, ev.JournalStuck, ev.JournalMended, ev.WorkerResumed)
SLACK_S = 0.01
"""Times are sums of floats, and a guard's `for` forgives a tenth of a second."""


class Promises:
    """Follows one release record by record, and notes what is not as promised."""

    def __init__(self, setup: Setup, sights: set[Sight] | None = None) -> None:
        self.setup = setup
        self.plan = setup.plan
        self.leased = setup.leased
        self.broken: list[str] = []
        self.sights: set[Sight] = set() if sights is None else sights
        self.before: Release | None = None
        """The release before the record that is looked at: what the judge said then."""
        self.count = 0
        """So many records were looked at."""
        self.now = 0.0
        self.index = -1
        self.weight: int | None = None
        self.pending: dict[int, int] = {}
        self.orphans: set[int] = set()
        """What a worker had asked for that died: the next one finds out."""
        self.theirs = False
        """Whether another driver has written the router."""
        self.last_number = 0
        self.entered_at = 0.0
        self.began_at = 0.0
        """When the stage's weight came into force, last."""
        self.held_from: float | None = None
        """When it first did: what was held before someone else changed it counts."""
        self.in_force = False
        self.seen: list[Glance] = []
        """What was seen in this stage."""
        self.tick_at: float | None = None
        self.held = not setup.leased
        self.stuck = self.paused = self.taken_up = self.changed = False
        self.promoted = self.approved = self.advanced = self.retreated = self.asked_back = False
        self.rollback: ev.RollbackDecided | None = None
        self.ended: ev.ReleaseEnded | None = None

    def see(self, record: ev.Record, release: Release) -> None:
        """Look at one more record; `release` is the state behind it."""
        self._want(record.at >= self.now, "time went back")
        self.now = record.at
        self.count += 1
        event = record.event
        if self.ended is not None:
            self._want(isinstance(event, AFTER_THE_END), f"{type(event).__name__} behind the end")
        for name in ("reason", "why", "trouble", "words"):
            if type(event) not in _SAYS_NOTHING and hasattr(event, name):
                self._want(bool(getattr(event, name).strip()), f"{type(event).__name__} without its {name}")
        look = _LOOKS.get(type(event))
        if look is not None:
            look(self, event)
        if release.judge_holds:
            self._saw(Sight.HELD_BY_JUDGE)
        self.before = release

    def of_the_past(self, records: list[ev.Record]) -> Promises:
        """Give the books as they were behind these records: what came later is lost."""
        past, release = Promises(self.setup, self.sights), None
        for record in records:
            release = fold(release, record)
            past.see(record, release)
        past.broken = self.broken + past.broken
        return past

    def written(self, weight: int, *, certain: bool) -> None:
        """Look at a write that the router gets to hear now; `certain`: the lease is still held for sure."""
        self._want(weight == 0 or self.rollback is None, f"{weight}% was written behind the rollback")
        if weight > (self.weight or 0):
            self._want(certain, f"{weight}% was written without the lease")
        self._want(weight in self.pending.values(), f"{weight}% was written, and nobody had asked for it")

    def _want(self, kept: bool, words: str) -> None:  # noqa: FBT001 - a condition, like assert's
        if not kept:
            self.broken.append(f"at {self.now:.2f}: {words}")

    def _saw(self, sight: Sight) -> None:
        self.sights.add(sight)

    @property
    def stage(self) -> Stage | None:
        return self.plan.stages[self.index] if self.index >= 0 else None

    # -- going forward ------------------------------------------------------------------------------

    def _stage_entered(self, event: ev.StageEntered) -> None:
        self._want(event.stage == self.index + 1, f"stage {event.stage} follows stage {self.index}")
        self._must_not("entered a stage", self._against_leaving())
        self.index = event.stage
        self.seen = []
        self.in_force = self.promoted = self.approved = self.advanced = self.retreated = False
        self.entered_at = self.began_at = self.now
        self.held_from = None
        if self.weight == self.plan.stages[event.stage].weight:
            self._comes_into_force()

    def _requested(self, event: ev.WeightRequested) -> None:
        self._want(not self.theirs, "asked for a weight behind another driver's write")
        self._want(event.number == self.last_number + 1, "a write's number is not the next one")
        self._want(event.weight in self._weights_to_ask_for(), f"asked for {event.weight}%")
        if event.weight > (self.weight or 0):
            self._must_not(f"asked for {event.weight}%", self._against_writing())
        if event.weight > 0 or self.rollback is None:
            self._want(not self.pending, "asked for a weight while another one was on its way")
        self.last_number = event.number
        self.pending[event.number] = event.weight
        if event.weight == 0 and self.rollback is not None:
            self._way_back()

    def _weights_to_ask_for(self) -> set[int]:
        """Give the plan's weights that can be meant now: behind a rollback, none but zero."""
        stage = self.stage
        if self.rollback is not None or stage is None:
            return {0}
        if self.retreated:
            return {self.plan.stages[self.index - 1].weight if self.index else 0}
        return {stage.weight}

    def _way_back(self) -> None:
        if self.stuck:
            self._saw(Sight.ROLLBACK_UNRECORDED)
        if not self.held:
            self._saw(Sight.ROLLBACK_UNLEASED)
        if self.before is not None and self.before.failure is not None:
            self._saw(Sight.ROLLBACK_FAILED_FIRST)

    def _must_not(self, deed: str, doubts: Doubts) -> None:
        self.broken += [f"at {self.now:.2f}: {deed}, but {doubt}" for doubt in doubts]

    def _against_any_way_forward(self) -> Doubts:
        yield from self._against_any_write()
        if self._is_old():
            yield "what was seen is old"
        yield from self._against_by_judge()

    def _against_any_write(self) -> Doubts:
        """Say what is against any write but a rollback's."""
        if self.rollback is not None:
            yield "a rollback has begun"
        if not self.held:
            yield "the lease is not held"
        if self.stuck:
            yield "the journal takes nothing"
        if self.paused:
            yield "it is paused"
        if self.taken_up:
            yield "nobody let it go on after the crash"
        if self.changed:
            yield "someone else set the weight"
        if self.pending:
            yield "a write is on its way"

    def _is_old(self) -> bool:
        return self.tick_at is not None and self.now > self.tick_at + FRESH_TICKS * self.plan.interval_s

    def _against_by_judge(self) -> Doubts:
        said = self.before.memory.said if self.before else None
        if said is not None and (said.action is not Action.GO_ON or said.agreeing):
            yield f"the judge says {said.action}, {said.agreeing} agreeing"
        if self.retreated:
            yield "it has retreated"

    def _against_writing(self) -> Doubts:
        """Say what is against more weight: the stage was entered rightly, but that may be a while ago."""
        yield from self._against_any_way_forward()
        if not self.seen:
            return
        if self.seen[-1].sample.blind:
            yield "it is blind"
        yield from self._beyond()

    def _against_leaving(self) -> Doubts:
        """Say what is against the step out of the stage."""
        yield from self._against_any_way_forward()
        stage = self.stage
        if stage is None:
            return
        if not self.in_force or self.weight != stage.weight:
            yield f"{stage.weight}% is not in force"
        if not self.seen or self.seen[-1].sample.blind:
            yield "it is blind"
            return
        yield from self._beyond()
        yield from (f"{guard.name} has seen too little" for guard in self._who_say(Says.TOO_LITTLE))
        yield from self._not_shown(stage)
        if not self.promoted:
            yield from self._not_waited(stage)

    def _not_waited(self, stage: Stage) -> Doubts:
        """Say what a person may skip."""
        if self.held_from is None or self.now < self.held_from + stage.hold_s - SLACK_S:
            yield "the hold is not over"
        if served(self.seen) < stage.min_requests:
            yield "too few requests"
        if stage.approve and not self.approved:
            yield "nobody approved it"

    def _not_shown(self, stage: Stage) -> Doubts:
        memory = self.before.memory if self.before else None
        if memory is None or memory.keys is None or self.plan.judge is None or self.tick_at is None:
            return
        if memory.said is not None and memory.said.blind_s > BLIND_BLOCKS * memory.keys.settings.block_s:
            yield "the judge is blind"
        if stage.weight in (0, 100) or self.plan.judge.low_traffic is LowTraffic.PROCEED or self.advanced:
            return
        if not gate(memory.keys, at_s=self.tick_at, stage_s=self.tick_at - self.began_at).open:
            yield "the stage could hide damage"

    def _beyond(self) -> Doubts:
        yield from (f"{guard.name} is beyond its limit" for guard in self._who_say(Says.BEYOND))

    def _who_say(self, what: Says) -> Iterator[Guard]:
        stage = self.stage
        guards = watched(stage) if stage and self.seen else ()
        return (guard for guard in guards if says(guard, self.seen) is what)

    # -- going back ---------------------------------------------------------------------------------

    def _rollback_decided(self, event: ev.RollbackDecided) -> None:
        self._want(self.rollback is None, "a rollback was decided twice")
        self._want(self._justifies(event), f"rolled back by {event.cause}, and nothing asked for it")
        self.rollback = event

    def _justifies(self, event: ev.RollbackDecided) -> bool:
        match event.cause:
            case ev.Cause.PERSON:
                self._saw(Sight.ROLLED_BACK_BY_PERSON)
                return self.asked_back
            case ev.Cause.PATIENCE:
                self._saw(Sight.ROLLED_BACK_BY_PATIENCE)
                waited_s = self.now - self.entered_at
                return (
                    self.plan.after_patience is Then.ROLLBACK and waited_s >= self.plan.patience_s - SLACK_S
                )
            case ev.Cause.GUARD:
                return self._proven() or any(guard.then is Then.ROLLBACK for guard in self._breached())

    def _proven(self) -> bool:
        said = self.before.memory.said if self.before else None
        proven = said is not None and said.action is Action.ROLL_BACK
        if proven:
            self._saw(Sight.ROLLED_BACK_BY_JUDGE)
        return proven

    def _breached(self) -> list[Guard]:
        self._saw(Sight.ROLLED_BACK_BY_GUARD)
        return list(self._who_say(Says.BEYOND))

    def _retreated(self, event: ev.Retreated) -> None:
        said = self.before.memory.said if self.before else None
        self._want(said is not None and said.action is Action.RETREAT, "retreated, and nothing asked for it")
        self._must_not("retreated", self._against_any_write())
        self.retreated, self.held_from = True, self.now
        self._want({event.weight} == self._weights_to_ask_for(), f"retreated to {event.weight}%")
        self._saw(Sight.RETREATED)

    def _judge_resumed(self, _event: ev.JudgeResumed) -> None:
        self.retreated = False
        self._saw(Sight.WENT_ON_BY_ITSELF)

    # -- the router ---------------------------------------------------------------------------------

    def _confirmed(self, event: ev.WeightConfirmed) -> None:
        self._want(event.number in self.orphans | set(self.pending), "confirmed what nobody waited for")
        if event.weight > 0 and self.rollback is not None:
            self._saw(Sight.LANDED_LATE)
        if event.weight == 0 and self.rollback is not None:
            self._saw(Sight.ROLLBACK_CONFIRMED)
        self.pending.pop(event.number, None)
        self.weight, self.changed = event.weight, False
        if event.weight in self._weights_to_ask_for():
            self._comes_into_force()

    def _comes_into_force(self) -> None:
        """Begin anew: what was seen at another weight says nothing about this one."""
        self.in_force, self.began_at, self.seen = True, self.now, []
        if self.held_from is None:
            self.held_from = self.now

    def _write_failed(self, event: ev.WriteFailed) -> None:
        self.pending.pop(event.number, None)
        self._saw(Sight.WRITE_FAILED)

    def _router_seen(self, event: ev.RouterSeen) -> None:
        wanted = event.weight in self._weights_to_ask_for()
        self.changed = not (self.weight is None or wanted or event.weight == self.weight)
        if wanted and event.weight != self.weight:
            self._comes_into_force()
        self.weight = event.weight
        if self.changed:
            self._saw(Sight.CHANGED)

    # -- evidence -----------------------------------------------------------------------------------

    def _sample(self, event: ev.SampleTaken) -> None:
        if self._is_old():
            self._saw(Sight.SUSPENDED)
        self.tick_at = self.now
        self.seen.append(Glance(at=self.now, sample=event.sample))
        if event.sample.blind:
            self._saw(Sight.BLIND)
            return
        if self.before is not None and not self.before.attended:
            self.taken_up = False
        if any(self._who_say(Says.TOO_LITTLE)):
            self._saw(Sight.THIN)
        for guard in self._who_say(Says.BEYOND):
            self._saw(Sight.HELD_BY_GUARD if guard.then is Then.HOLD else Sight.BREACH)

    # -- people and the worker ----------------------------------------------------------------------

    def _paused(self, _event: ev.Paused) -> None:
        self.paused = True
        self._saw(Sight.PAUSED)

    def _resumed(self, _event: ev.Resumed) -> None:
        self.paused = self.taken_up = self.changed = self.retreated = False
        self._saw(Sight.RESUMED)

    def _overridden(self, _event: ev.JudgeOverridden) -> None:
        self.retreated = False
        self._saw(Sight.OVERRIDDEN)

    def _promotion_asked(self, _event: ev.PromotionAsked) -> None:
        self.promoted = True
        self._saw(Sight.PROMOTED_BY_PERSON)

    def _approved(self, _event: ev.Approved) -> None:
        self.approved = True
        self._saw(Sight.APPROVED)

    def _advanced_blind(self, _event: ev.AdvancedBlind) -> None:
        self.advanced = True
        self._saw(Sight.ADVANCED_BLIND)

    def _rollback_asked(self, _event: ev.RollbackAsked) -> None:
        self.asked_back = True

    def _refused(self, event: ev.CommandRefused) -> None:
        self._saw(Sight.READ_ONLY_REFUSED if "read-only" in event.why else Sight.COMMAND_REFUSED)

    def _lease_held(self, _event: ev.LeaseHeld) -> None:
        if self.index >= 0:
            self._saw(Sight.LEASE_BACK)
        self.held = True

    def _lease_lost(self, event: ev.LeaseLost) -> None:
        self.held = False
        self.theirs = self.theirs or event.wrote
        self._saw(Sight.LEASE_LOST)

    def _stuck(self, _event: ev.JournalStuck) -> None:
        self.stuck = True
        self._saw(Sight.JOURNAL_STUCK)

    def _mended(self, _event: ev.JournalMended) -> None:
        self.stuck = False
        self._saw(Sight.JOURNAL_MENDED)

    def _worker_resumed(self, _event: ev.WorkerResumed) -> None:
        self.held = not self.leased
        self.stuck = False
        self.orphans |= set(self.pending)
        self.pending.clear()
        self.taken_up = self.index >= 0
        self._saw(Sight.TAKEN_UP_ROLLING_BACK if self.rollback else Sight.TAKEN_UP)
        if self.index < 0:
            self.weight = None

    def _ended(self, event: ev.ReleaseEnded) -> None:
        self.ended = event
        self._saw(_ENDS.get(event.outcome, Sight.ROLLBACK_CONFIRMED))
        leaves = event.outcome in (ev.Outcome.TAKEN_OVER, ev.Outcome.NOT_CONFIRMED)
        self._want(leaves or not self.pending, "ended with a write on its way")
        if event.outcome is ev.Outcome.PROMOTED:
            self._want(self.index == len(self.plan.stages) - 1, "promoted before the last stage")
            self._must_not("promoted", self._against_leaving())
        if event.outcome is ev.Outcome.ROLLED_BACK:
            self._want(not self.weight, f"called rolled back at {self.weight}%")


_ENDS = {
    ev.Outcome.PROMOTED: Sight.PROMOTED,
    ev.Outcome.NOT_CONFIRMED: Sight.NOT_CONFIRMED,
    ev.Outcome.HELD: Sight.HELD_AT_THE_END,
    ev.Outcome.REFUSED: Sight.REFUSED,
    ev.Outcome.TAKEN_OVER: Sight.TAKEN_OVER,
}
_SAYS_NOTHING = {
    ev.Paused,
    ev.Resumed,
    ev.PromotionAsked,
    ev.Approved,
    ev.RollbackAsked,
    ev.AdvancedBlind,
    ev.LeaseHeld,
    ev.LeaseWaived,
}
"""What people say where they need not say why."""
_LOOKS: dict[type[ev.Event], Callable[[Promises, Any], None]] = {
    ev.StageEntered: Promises._stage_entered,
    ev.WeightRequested: Promises._requested,
    ev.RollbackDecided: Promises._rollback_decided,
    ev.Retreated: Promises._retreated,
    ev.JudgeResumed: Promises._judge_resumed,
    ev.WeightConfirmed: Promises._confirmed,
    ev.WriteFailed: Promises._write_failed,
    ev.RouterSeen: Promises._router_seen,
    ev.SampleTaken: Promises._sample,
    ev.Paused: Promises._paused,
    ev.Resumed: Promises._resumed,
    ev.JudgeOverridden: Promises._overridden,
    ev.PromotionAsked: Promises._promotion_asked,
    ev.Approved: Promises._approved,
    ev.AdvancedBlind: Promises._advanced_blind,
    ev.RollbackAsked: Promises._rollback_asked,
    ev.CommandRefused: Promises._refused,
    ev.LeaseHeld: Promises._lease_held,
    ev.LeaseLost: Promises._lease_lost,
    ev.JournalStuck: Promises._stuck,
    ev.JournalMended: Promises._mended,
    ev.WorkerResumed: Promises._worker_resumed,
    ev.ReleaseEnded: Promises._ended,
}
