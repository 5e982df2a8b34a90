"""What must hold at every step of every release, looked at on each record and beside the policy.

The books are kept from the events alone. Neither the policy nor the fold is asked what may be: they would
only say what they do. What the two keys say is taken from them as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from console.judge.verdict import Action
from console.plan.model import Guard, Then
from console.release import events as ev
from console.release.event import Event
from console.release.fold import fold
from console.release.state import Release
from console.worker.whose import BY_A_MANIFEST
from tests.model.books import FULL, SLACK_S, Books
from tests.model.doubts import (
    Doubts,
    against_any_write,
    against_leaving,
    against_more_weight,
    against_promotion,
)
from tests.model.judges import keys_in, scores_in
from tests.model.oracle import Glance, Says
from tests.model.setups import Setup
from tests.model.sights import Sight

Guards = Iterator[Guard]
RETURNS = 2
"""Retreats of a stage that calm has ended: the next one is the weight's doing, and goes back."""
EXPECTED = 20.0
"""With fewer requests expected none of them may be chance."""
FAR_TOO_MANY, LATE_LOOKS = 1000.0, 14
"""Of so many in so many looks none is late to be found, also where every proxy is slow to get its weight."""
AFTER_THE_END = (ev.CommandRefused, ev.JournalStuck, ev.JournalMended, ev.WorkerResumed, ev.JournalRestored)


class Promises(Books):
    """Follows one release record by record, and notes what is not as promised."""

    def __init__(self, setup: Setup, sights: set[Sight] | None = None) -> None:
        super().__init__(setup)
        self.broken: list[str] = []
        self.sights: set[Sight] = set() if sights is None else sights

    def of_the_past(self, records: list[ev.Record]) -> Promises:
        """Give the promises as they were behind these records: what came later is lost."""
        past, release = Promises(self.setup, self.sights), None
        for record in records:
            release = fold(release, record)
            past.see(record, release)
        past.broken = self.broken + past.broken
        past.overtaken, past.cut_back = self.overtaken, self.cut_back
        past.outrun, past.outrun_at = self.outrun, self.outrun_at
        past.back_elsewhere = self.back_elsewhere
        return past

    def of_another(self) -> Promises:
        """Give the promises of a release that begins in the place of one whose record is lost."""
        other = Promises(self.setup, self.sights)
        other.broken = self.broken
        return other

    def see(self, record: ev.Record, release: Release) -> None:
        """Look at one more record; `release` is the state behind it."""
        event, kind = record.event, type(record.event)
        self.want(record.at >= self.now, "time went back")
        self.want(self.ended is None or isinstance(event, AFTER_THE_END), f"{kind.__name__} behind the end")
        self.now = record.at
        self.count += 1
        for reason in _REASONS.get(kind, ()):
            self.want(bool(getattr(event, reason).strip()), f"{kind.__name__} without its {reason}")
        look = _LOOKS.get(kind)
        if look is not None:
            look(self, event)
        if release.judge_holds:
            self.sights.add(Sight.HELD_BY_JUDGE)
        self.before = release

    def done(self, weight: int, *, uid: str) -> None:
        """Look at a write that the router has done, to the object of that UID.

        Another one than the release's takes a person's word for a rollback, and nothing else.
        """
        by_word = weight == 0 and self.asked_back
        self.want(by_word or uid == self.own, f"{weight}% was written to another object of the same name")

    def written(self, weight: int, *, certain: bool, over: int | None) -> None:
        """Look at a write that the router gets to hear now, `over` the weight that is there.

        `over` is None where the router is another since the write was begun: it will refuse it.
        `certain`: the lease is still held for sure.
        """
        theirs = self.outrun and over == self.outrun_at
        self.want(not theirs or weight == over, f"{weight}% was written behind another driver's write")
        moves = over is not None and weight != over
        self.want(not (self.cut_back and moves), f"{weight}% was written behind a rollback that is lost")
        over_a_newer = self.overtaken and moves
        self.want(not over_a_newer, f"{weight}% was written over what a newer release has left")
        self.want(weight == 0 or self.rollback is None, f"{weight}% was written behind the rollback")
        self.want(certain or weight <= (self.weight or 0), f"{weight}% was written without the lease")
        # Of a rollback's tries that go out side by side, one may be late: it finds zero, or writes it again.
        asked = weight in self.pending.values() or (weight == 0 and self.rollback is not None)
        self.want(asked, f"{weight}% was written, and nobody had asked for it")

    def another_wrote(self, weight: int) -> None:
        """Note that another driver has written since, and that no person has asked this one for anything."""
        self.outrun, self.outrun_at = True, weight

    def rolled_back_elsewhere(self) -> None:
        """Note that another worker has rolled it back while it held the lease, which is free now."""
        self.back_elsewhere = True
        self.sights.add(Sight.BACK_ELSEWHERE)

    def another_drives(self) -> None:
        """Note that another driver has written over what a newer release has left."""
        self.overtaken = False

    def is_what_was_asked(self, weight: int) -> None:
        """Note that a dead worker of this release has left its mark, at a weight that our record asked for.

        Nobody can tell it from our own write whose answer never came, and it is the same release's will.
        """
        under_way = weight == self.setup.plan.stages[self.index].weight != self.weight
        if under_way or weight in self.pending.values():
            self.outrun = False

    def nothing_tells(self) -> None:
        """Note that the object says nothing any more of who has driven it since, and no lease does."""
        self.overtaken = self.outrun = False

    def overtake(self) -> None:
        """Note that a newer release has promoted and ended while no worker of this one lived."""
        self.overtaken = True
        self.sights.add(Sight.OVERTAKEN)

    def want(self, kept: bool, words: str) -> None:  # noqa: FBT001 - a condition, like assert's
        """Note the words where something is not as it must be."""
        if not kept:
            self.broken.append(f"at {self.now:.2f}: {words}")

    def _must_not(self, deed: str, doubts: Doubts) -> None:
        self.broken += [f"at {self.now:.2f}: {deed}, but {doubt}" for doubt in doubts]

    # -- going forward ------------------------------------------------------------------------------

    def _stage_entered(self, event: ev.StageEntered) -> None:
        self.want(event.stage == self.index + 1, f"stage {event.stage} follows stage {self.index}")
        self._must_not("entered a stage", against_leaving(self))
        self.enter(event.stage)

    def _requested(self, event: ev.WeightRequested) -> None:
        self.want(not self.theirs, "asked for a weight behind another driver's write")
        self.want(
            not (self.stranger or self.unseen), f"asked for {event.weight}%, and only a person moves it"
        )
        goes_on = event.weight > (self.weight or 0)
        self.want(not (self.back_elsewhere and goes_on), "went forward behind another worker's rollback")
        self.want(event.number == self.last_number + 1, "a write's number is not the next one")
        self.want(event.weight in self.weights_to_ask_for, f"asked for {event.weight}%")
        if self.rollback is None:
            self.want(not self.pending, "asked for a weight while another one was on its way")
        if goes_on:
            self._must_not(f"asked for {event.weight}%", against_more_weight(self))
        self.last_number = event.number
        self.pending[event.number] = event.weight
        if self.rollback is not None:
            self._way_back_taken()

    def _way_back_taken(self) -> None:
        if self.stuck:
            self.sights.add(Sight.ROLLBACK_UNRECORDED)
        if not self.held:
            self.sights.add(Sight.ROLLBACK_UNLEASED)
        if self.before is not None and self.before.failure is not None:
            self.sights.add(Sight.ROLLBACK_FAILED_FIRST)

    # -- going back ---------------------------------------------------------------------------------

    def _rollback_decided(self, event: ev.RollbackDecided) -> None:
        self.want(self.rollback is None, "a rollback was decided twice")
        by_itself = event.cause is not ev.Cause.PERSON
        self.want(not by_itself or self.stable_ready != 0, "rolled back by itself to a version without pods")
        due = event.cause is self.withheld
        self.withheld = None
        self.want(due or self._is_asked_for(event), f"rolled back by {event.cause}, and nothing asked for it")
        self.rollback = event

    def _withheld(self, event: ev.RollbackWithheld) -> None:
        self.want(self.stable_ready == 0, "a rollback was withheld, and stable is there")
        self.want(self._is_asked_for(event), f"a rollback by {event.cause} is due, and nothing asked for it")
        self.withheld = event.cause
        self.sights.add(Sight.WITHHELD)

    def _altered(self, event: ev.WeightAltered) -> None:
        self.pending.pop(event.number, None)
        self.weight, self.changed, self.altered = event.weight, False, True
        self.split_at = self.now
        self._read_again()
        self.sights.add(Sight.ALTERED)

    def _taken_back(self, event: ev.TakenBack) -> None:
        before = self.plan.stages[self.index - 1].weight if self.index else 0
        self.want(event.weight in (before, 0), f"taken back to {event.weight}%")
        self.want(event.weight < (self.weight or 0), "taken back to more")
        self.want(self.held, "taken back without the lease")
        self.back_to = event.weight
        self.sights.add(Sight.TAKEN_BACK)

    def _is_asked_for(self, event: ev.RollbackDecided | ev.RollbackWithheld) -> bool:
        match event.cause:
            case ev.Cause.PERSON:
                self.sights.add(Sight.ROLLED_BACK_BY_PERSON)
                return self.asked_back
            case ev.Cause.PATIENCE:
                self.sights.add(Sight.ROLLED_BACK_BY_PATIENCE)
                waited_s = self.now - self.entered_at
                return (
                    self.plan.after_patience is Then.ROLLBACK and waited_s >= self.plan.patience_s - SLACK_S
                )
            case ev.Cause.SILENCE:
                return self._is_silence()
            case ev.Cause.GUARD:
                return self._is_scored() or self._is_proven() or self._is_breached()

    def _is_silence(self) -> bool:
        self.sights.add(Sight.ROLLED_BACK_BY_SILENCE)
        return self.is_sent_to_no_pod or self.is_silent(least=EXPECTED, looks=2)

    def _is_scored(self) -> bool:
        failed = scores_in(self.memory).failed
        if failed:
            self.sights.add(Sight.ROLLED_BACK_BY_SCORE)
        return failed

    def _is_proven(self) -> bool:
        said = keys_in(self.memory).said
        again = self.returns >= RETURNS
        proven = said is not None and (
            said.action is Action.ROLL_BACK or (again and said.action is Action.RETREAT)
        )
        if proven:
            self.sights.add(Sight.ROLLED_BACK_BY_JUDGE)
        return proven

    def _is_breached(self) -> bool:
        self.sights.add(Sight.ROLLED_BACK_BY_GUARD)
        return any(guard.then is Then.ROLLBACK for guard in self.who_say(Says.BEYOND))

    def _retreated(self, event: ev.Retreated) -> None:
        said = keys_in(self.memory).said
        self.want(said is not None and said.action is Action.RETREAT, "retreated, and nothing asked for it")
        self._must_not("retreated", against_any_write(self))
        self.retreated, self.held_from = True, self.now
        self.want({event.weight} == self.weights_to_ask_for, f"retreated to {event.weight}%")
        self.sights.add(Sight.RETREATED)

    def _judge_resumed(self, _event: ev.JudgeResumed) -> None:
        self.returns += self.retreated
        self.retreated = False
        self.sights.add(Sight.WENT_ON_BY_ITSELF)

    # -- the router ---------------------------------------------------------------------------------

    def _confirmed(self, event: ev.WeightConfirmed) -> None:
        self.want(event.number in self.orphans | set(self.pending), "confirmed what nobody waited for")
        if self.rollback is not None:
            self.sights.add(Sight.LANDED_LATE if event.weight else Sight.ROLLBACK_CONFIRMED)
        self.answer(event.weight)
        self.weight, self.changed, self.split_at = event.weight, False, self.now
        self._read_again()
        if event.weight in self.weights_to_ask_for:
            self.come_into_force()

    def _write_failed(self, event: ev.WriteFailed) -> None:
        self.pending.pop(event.number, None)
        self.sights.add(Sight.WRITE_FAILED)

    def _router_unread(self, event: ev.RouterUnread) -> None:
        self.unread = True
        self.sights.add(_UNREAD.get(event.cause, Sight.UNREAD))

    def _read_again(self) -> None:
        self.unread, self.unread_ticks = False, 0

    def _router_read_again(self, _event: ev.RouterReadAgain) -> None:
        self.want(self.unread, "read again what was never unread")
        self._read_again()

    def _identified(self, event: ev.Identified) -> None:
        self.own = event.route

    def _router_found(self, event: ev.RouterFound) -> None:
        self._read_again()
        self.unseen = False
        if event.ours:
            return
        self.want(
            event.replaced == (event.uid not in ("", self.own)), "another object is not told as another"
        )
        self.stranger = True
        if event.since:
            self.sights.add(Sight.TOLD_BY_GENERATION)
        if event.unlike_shown:
            self.sights.add(Sight.NOT_AS_SHOWN)
        self.sights.add(Sight.ANOTHER_OBJECT if event.replaced else Sight.LEFT_TO_A_PERSON)
        if event.mark:
            self.sights.add(Sight.COPY_TOLD if event.mark == BY_A_MANIFEST else Sight.FOREIGN_TOLD)
        if event.weight != self.weight:
            self.split_at = self.now
        self.weight = event.weight

    def _a_person_moves_it(self) -> None:
        """Let a person's word count over what was found."""
        if self.stranger:
            self.stranger = self.overtaken = False
            self.sights.add(Sight.MOVED_BY_A_PERSON)

    def _router_seen(self, event: ev.RouterSeen) -> None:
        self._read_again()
        wanted = event.weight in self.weights_to_ask_for
        self.changed = not (self.weight is None or wanted or event.weight == self.weight)
        if self.changed:
            self.sights.add(Sight.CHANGED)
        if wanted and event.weight != self.weight:
            self.come_into_force()
        if event.weight != self.weight:
            self.split_at = self.now
        self.weight = event.weight

    # -- evidence -----------------------------------------------------------------------------------

    def _sample(self, event: ev.SampleTaken) -> None:
        if self.is_old:
            self.sights.add(Sight.SUSPENDED)
        overdue = self.overdue and self.is_overdue
        self.want(not overdue, "users go on being sent to a canary that answers nobody")
        self.tick_at = self.now
        self.stable_ready = event.sample.stable.pods.ready
        self.unread_ticks += self.unread
        self.canary_ready = event.sample.canary.pods.ready
        self.seen.append(Glance(at=self.now, sample=event.sample))
        self.note_rate(self.seen[-1])
        self.overdue = self.is_overdue
        if not self.seen[-1].clear:
            self.sights.add(Sight.BLIND)
            return
        if self.before is not None and not self.before.attended:
            self.taken_up = False
        self._note(self.who_say(Says.BEYOND), self.who_say(Says.TOO_LITTLE))

    @property
    def is_overdue(self) -> bool:
        """Whether the weight should have been taken back by now."""
        decided = self.rollback or self.withheld or self.ended
        if decided or self.taken_up or self.stranger or self.unseen or self.stable_ready == 0:
            return False
        return self.is_sent_to_no_pod or (
            self.weight != FULL and self.is_silent(least=FAR_TOO_MANY, looks=LATE_LOOKS, settled=True)
        )

    def _note(self, beyond: Guards, too_little: Guards) -> None:
        if any(too_little):
            self.sights.add(Sight.THIN)
        for guard in beyond:
            self.sights.add(Sight.HELD_BY_GUARD if guard.then is Then.HOLD else Sight.BREACH)

    # -- people and the worker ----------------------------------------------------------------------

    def _resumed(self, _event: ev.Resumed) -> None:
        self.paused = self.taken_up = self.changed = self.retreated = self.altered = False
        self.back_to = self.withheld = None
        self.cut_back = self.outrun = self.back_elsewhere = self.held_meanwhile = False
        self.end_lost = False
        self._a_person_moves_it()
        self.sights.add(Sight.RESUMED)

    def _overridden(self, _event: ev.JudgeOverridden) -> None:
        self.retreated, self.returns = False, 0
        self.sights.add(Sight.OVERRIDDEN)

    def _rollback_asked(self, _event: ev.RollbackAsked) -> None:
        self.asked_back = True
        self.unseen = self.overtaken = self.cut_back = self.outrun = self.back_elsewhere = False
        self._a_person_moves_it()

    def _refused(self, event: ev.CommandRefused) -> None:
        read_only = "read-only" in event.why
        self.sights.add(Sight.READ_ONLY_REFUSED if read_only else Sight.COMMAND_REFUSED)

    def _lease_held(self, event: ev.LeaseHeld) -> None:
        self.held = True
        if event.meanwhile:
            self.held_meanwhile = True
            self.sights.add(Sight.HELD_MEANWHILE)
        self.end_lost = self.end_lost or event.end_lost
        if self.index >= 0:
            self.sights.add(Sight.LEASE_BACK)

    def _lease_lost(self, event: ev.LeaseLost) -> None:
        self.held = False
        self.theirs = self.theirs or event.wrote
        if event.wrote and self.outrun:
            self.sights.add(Sight.STOPPED_FOR_ANOTHER)
        self.sights.add(Sight.LEASE_LOST)

    def _journal_mended(self, _event: ev.JournalMended) -> None:
        self.stuck = False
        self.sights.add(Sight.JOURNAL_MENDED)

    def _journal_restored(self, event: ev.JournalRestored) -> None:
        self.want(bool(event.state) == bool(event.lost), "lines were lost, and nothing carries the state")
        self.sights.add(Sight.JOURNAL_CUT if event.lost else Sight.JOURNAL_RESTORED)

    def _worker_resumed(self, event: ev.WorkerResumed) -> None:
        self.take_up(looks_first=event.looks_first)
        self.sights.add(Sight.TAKEN_UP_ROLLING_BACK if self.rollback else Sight.TAKEN_UP)

    def _release_ended(self, event: ev.ReleaseEnded) -> None:
        self.ended = event
        self.sights.add(_ENDS.get(event.outcome, Sight.ROLLBACK_CONFIRMED))
        leaves = event.outcome in (ev.Outcome.TAKEN_OVER, ev.Outcome.NOT_CONFIRMED)
        self.want(leaves or not self.pending, "ended with a write on its way")
        if event.outcome is ev.Outcome.PROMOTED:
            self.want(self.index == len(self.plan.stages) - 1, "promoted before the last stage")
            self._must_not("promoted", against_promotion(self))
        if event.outcome is ev.Outcome.ROLLED_BACK:
            self.want(not self.weight, f"called rolled back at {self.weight}%")


def _turns_on(what: str, sight: Sight) -> Callable[[Promises, Any], None]:
    def look(promises: Promises, _event: Event) -> None:
        setattr(promises, what, True)
        promises.sights.add(sight)

    return look


_ENDS = {
    ev.Outcome.PROMOTED: Sight.PROMOTED,
    ev.Outcome.NOT_CONFIRMED: Sight.NOT_CONFIRMED,
    ev.Outcome.HELD: Sight.HELD_AT_THE_END,
    ev.Outcome.REFUSED: Sight.REFUSED,
    ev.Outcome.TAKEN_OVER: Sight.TAKEN_OVER,
}
_UNREAD = {
    ev.Unread.FORBIDDEN: Sight.FORBIDDEN,
    ev.Unread.ELSEWHERE: Sight.ELSEWHERE,
    ev.Unread.GONE: Sight.GONE,
}
_REASONS: dict[type[Event], tuple[str, ...]] = {
    ev.RollbackDecided: ("reason",),
    ev.RollbackWithheld: ("reason",),
    ev.TakenBack: ("reason",),
    ev.Retreated: ("reason",),
    ev.JudgeResumed: ("reason",),
    ev.JudgeOverridden: ("reason",),
    ev.ReleaseEnded: ("reason",),
    ev.CommandRefused: ("why",),
    ev.LeaseLost: ("why",),
    ev.WriteFailed: ("trouble",),
    ev.RouterUnread: ("why",),
    ev.JournalStuck: ("trouble",),
    ev.JournalReplaced: ("trouble",),
    ev.JournalRestored: ("trouble",),
    ev.GuardTurned: ("guard", "words"),
}
"""What must say why, and where."""
_LOOKS: dict[type[Event], Callable[[Promises, Any], None]] = {
    ev.StageEntered: Promises._stage_entered,
    ev.WeightRequested: Promises._requested,
    ev.RollbackDecided: Promises._rollback_decided,
    ev.Retreated: Promises._retreated,
    ev.JudgeResumed: Promises._judge_resumed,
    ev.WeightConfirmed: Promises._confirmed,
    ev.WriteFailed: Promises._write_failed,
    ev.WeightAltered: Promises._altered,
    ev.TakenBack: Promises._taken_back,
    ev.RollbackWithheld: Promises._withheld,
    ev.RouterSeen: Promises._router_seen,
    ev.RouterFound: Promises._router_found,
    ev.Identified: Promises._identified,
    ev.RouterUnread: Promises._router_unread,
    ev.RouterReadAgain: Promises._router_read_again,
    ev.SampleTaken: Promises._sample,
    ev.Paused: _turns_on("paused", Sight.PAUSED),
    ev.Resumed: Promises._resumed,
    ev.JudgeOverridden: Promises._overridden,
    ev.PromotionAsked: _turns_on("promoted", Sight.PROMOTED_BY_PERSON),
    ev.Approved: _turns_on("approved", Sight.APPROVED),
    ev.AdvancedBlind: _turns_on("advanced", Sight.ADVANCED_BLIND),
    ev.RollbackAsked: Promises._rollback_asked,
    ev.CommandRefused: Promises._refused,
    ev.LeaseHeld: Promises._lease_held,
    ev.LeaseLost: Promises._lease_lost,
    ev.JournalStuck: _turns_on("stuck", Sight.JOURNAL_STUCK),
    ev.JournalMended: Promises._journal_mended,
    ev.JournalRestored: Promises._journal_restored,
    ev.WorkerResumed: Promises._worker_resumed,
    ev.ReleaseEnded: Promises._release_ended,
}
