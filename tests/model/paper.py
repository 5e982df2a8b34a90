"""A release on paper: the fold and the policy, and around them a shell that does what a worker does, at once.

There is no loop and no waiting, so it is some ten times as fast as a worker. Answers can come in any order.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from console.command import Command
from console.identity import ClusterId
from console.journal.decode import decode
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.explain import explain
from console.policy.permit import event_for, refusal, want_of_reason
from console.policy.retries import LONGEST_PACE_S
from console.preflight import Check
from console.release import events as ev
from console.release.carried import packed
from console.release.fold import fold, fold_all
from console.release.parts import Write
from console.release.shown import Shown
from console.release.state import Phase, Release
from console.worker.whose import BY_A_MANIFEST as PUT_THERE
from console.worker.whose import asked_for
from tests.model.promises import Promises
from tests.model.setups import Setup, terms_for
from tests.model.sights import APPLIED, Sight
from tests.model.surroundings import (
    ANEW_BY,
    BY_A_MANIFEST,
    LOSES,
    NEWER_DRIVER,
    NEWER_WEIGHT,
    OLD_DRIVER,
    SHUT,
    THEIR_WEIGHT,
    Harm,
    Mark,
    Other,
    Road,
    Surroundings,
    Weather,
    Wheel,
    raised,
)
from tests.releases import ANA, opened

STEP_S = 0.001
LATE_S = 1.5
"""On a slow road a write takes longer than this."""
PATIENT_TICKS = 60
_encode = msgspec.json.Encoder().encode
_BACK = (ev.Outcome.ROLLED_BACK, ev.Outcome.HELD)


class Paper:
    """Drives a release by hand."""

    def __init__(self, setup: Setup, promises: Promises) -> None:
        self.setup = setup
        self.promises = promises
        self.around = Surroundings()
        self.told: list[ev.Record] = []
        self.now = 1000.0
        self.router = 0
        self.mover = ""
        self.uid = 1
        """Which object it is."""
        self.generation = 1
        """How often its weight was changed."""
        self.marked = False
        """Whether it bears this release's mark."""
        self.copied = False
        """Whether a manifest has put that there."""
        self.driver = ""
        """Whose mark a manifest has put there."""
        self.left_by_another = False
        """Whether another driver has ended here, and no person has been asked what becomes of it."""
        self.unanswered: tuple[Write, ...] = ()
        """What a worker that died had asked of the router, until the next one has looked."""
        self.held_meanwhile = False
        """Whether another has held the lease, and let go of it, since this release held it."""
        self.moved = False
        """Whether the order knows that a weight was asked for."""
        self.asked: list[ev.WeightRequested] = []
        """What was asked of the router and has not come back."""
        self.safe = 0
        """So many records are on the disk."""
        self.release: Release = self._told(
            replace(opened(setup.plan, attended=setup.attended), leased=setup.leased), None
        )
        self._begin()

    @property
    def records(self) -> list[ev.Record]:
        return self.told

    # -- deeds --------------------------------------------------------------------------------------

    def pass_time(self, ticks: int) -> None:
        for _ in range(ticks):
            if self.release.phase is Phase.ENDED:
                return
            self._tick()

    def weather(self, weather: Weather) -> None:
        self.around.weather = weather

    def road(self, road: Road) -> None:
        was, self.around.road = self.around.road, road
        if was is Road.GONE is not road:
            self.anew(None)

    def wheel(self, wheel: Wheel) -> None:
        before, self.around.wheel = self.around.wheel, wheel
        if self.release.lease is None or before is wheel or self.release.phase is Phase.ENDED:
            return
        if wheel is Wheel.OURS:
            self._hold()
        else:
            self._lose(wheel)
        self._settle()

    def disk(self, *, full: bool) -> None:
        self.around.disk_full = full
        self._say_trouble()
        self._settle()

    def ask(self, command: Command, *, reason: str = "", read_only: bool = False) -> None:
        why = "this viewer is read-only" if read_only else self._refusal(command, reason)
        if why:
            self.tell(ev.CommandRefused(command=command, person=ANA, why=why))
            return
        stranger = self.release.stranger
        self.tell(event_for(command, ANA, reason=reason))
        self.left_by_another = self.left_by_another and self.release.stranger is stranger
        if stranger is not None and self.release.stranger is None and stranger.uid:
            self.tell(ev.Identified(cluster=ClusterId(), route=stranger.uid))
        self._settle()

    def meddle(self, weight: int) -> None:
        self._put(weight, "kubectl-edit")

    def crash(self, *, landed: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        if landed and self.asked:
            self._is_ours(self.asked[-1].weight)
        self._forget_what_is_not_on_the_disk()
        self._take_up()

    def anew(self, weight: int | None) -> None:
        self._put(self.router if weight is None else weight, ANEW_BY)
        self.uid, self.generation, self.left_by_another = self.uid + 1, 1, False
        self._unmark()

    def harm(self, harm: Harm, *, dead: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        if not dead:
            self._restore(harm)
            return
        self._forget_what_is_not_on_the_disk()
        if harm is not Harm.HALVED:
            self.promises.sights.add(Sight.JOURNAL_BROKEN)
            self._begin_back(ev.JournalReplaced(trouble=harm.name))
        else:
            self._halve()

    def overtake(self, *, by_a_copy: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        self._forget_what_is_not_on_the_disk()
        if by_a_copy:
            self._goes_on_and_back()
        else:
            self._newer_promotes()
        self._take_up()

    def cut_off(self, other: Other) -> None:
        if self.release.phase in (Phase.PREPARING, Phase.ENDED):
            return
        road, wheel = self.around.road, self.around.wheel
        self.road(Road.CUT)
        self.wheel(Wheel.UNCERTAIN)
        self.pass_time(1)
        self._another_drives(other)
        self.pass_time(1)
        self.around.road = road if road not in SHUT else Road.CLEAR
        if other in (Other.NEWER_DRIVES, Other.SECOND_DRIVES):
            self._is_taken_over()
        else:
            self.wheel(wheel)
        self.pass_time(1)

    def apply(self, mark: Mark, weight: int | None) -> None:
        self._put(self.router if weight is None else weight, BY_A_MANIFEST)
        self.left_by_another = False
        if mark is Mark.COPIED:
            self.copied = self.copied or not self.marked
            self.marked, self.driver = True, ""
        else:
            self._unmark()
            self.driver = OLD_DRIVER if mark is Mark.ANOTHERS else ""
        self.promises.sights.add(APPLIED[mark])

    def lose_host(self, *, away: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        self.promises.sights.add(Sight.HOST_LOST)
        road = self.around.road
        if away:
            self.around.road = Road.CUT
        self._begin_back(None)
        if away:
            if self.router != NEWER_WEIGHT:  # else that was what the person was shown
                self._newer_promotes()
            self.around.road = road if road not in SHUT else Road.CLEAR
            self.pass_time(2)

    def sleep(self, for_s: float) -> None:
        self.now += for_s
        self._settle()

    def end(self) -> None:
        self.road(Road.CLEAR)
        self.around.mend()
        self._say_trouble()
        self.wheel(self.around.wheel)
        if self.release.phase in (Phase.PREPARING, Phase.RUNNING):
            self.ask(Command.ROLL_BACK)
        self.pass_time(2)
        if self.release.left_to_a_person and self.release.phase is not Phase.ENDED:
            self.ask(Command.ROLL_BACK)
        self.pass_time(PATIENT_TICKS)
        self._check_the_end()

    # -- the shell ----------------------------------------------------------------------------------

    def tell(self, event: ev.AnyEvent) -> None:
        self.release = self._told(event, self.release)
        self._say_trouble()

    def _told(self, event: ev.AnyEvent, release: Release | None) -> Release:
        record = ev.Record(n=len(self.told) + 1, at=self.now, event=event)
        self.promises.want(decode(_encode(record)) == record, "a line of the journal reads otherwise")
        self.told.append(record)
        after = fold(release, record)
        self.promises.see(record, after)
        return after

    def _take_up(self) -> None:
        self.asked, self.unanswered = [], self.release.writes
        self.tell(
            ev.WorkerResumed(person=ANA, pithead="0", attended=self.setup.attended, looks_first=True),
        )
        self._go_on()

    def _put(self, weight: int, by: str) -> None:
        self.generation += weight != self.router
        self.router, self.mover = weight, by

    def _is_ours(self, weight: int) -> None:
        self._unmark()
        self._put(weight, "pithead")
        self.marked, self.left_by_another = weight > 0, False

    def _unmark(self) -> None:
        self.marked = self.copied = False
        self.driver = ""

    def _newer_promotes(self) -> None:
        self._unmark()
        self._put(0, "pithead")
        self._put(NEWER_WEIGHT, "pithead")
        self.left_by_another, self.held_meanwhile = True, self.setup.leased
        self.promises.overtake()

    def _goes_on_and_back(self) -> None:
        """Let a worker with a copy of the record come back to the weight that this one has on record."""
        if self.release.phase is Phase.PREPARING:
            return
        self.promises.sights.add(Sight.TWO_WORKERS)
        self._is_ours(THEIR_WEIGHT)
        self._is_ours(self.release.weight or 0)
        self.promises.another_wrote(self.router)
        self.held_meanwhile = self.setup.leased

    def _another_drives(self, other: Other) -> None:
        newer = other in (Other.NEWER_ENDED, Other.NEWER_DRIVES)
        self.promises.sights.add(Sight.CUT_OFF if newer else Sight.TWO_WORKERS)
        if other is Other.NEWER_ENDED:
            self._newer_promotes()
            return
        self._unmark()
        self._put(0 if other is Other.SECOND_BACK else THEIR_WEIGHT, "pithead")
        self.promises.another_wrote(self.router)
        self.held_meanwhile = self.setup.leased
        if other is Other.SECOND_BACK and self.setup.leased:
            self.promises.rolled_back_elsewhere()

    def _is_taken_over(self) -> None:
        """Come back, and find that another has driven: by the lease, and by the mark."""
        self.around.wheel = Wheel.THEIRS
        if self.release.phase is not Phase.ENDED:
            by = NEWER_DRIVER
            self.tell(ev.LeaseLost(why=f"{by} has written the router since", by=by, wrote=True))
            self._settle()

    def _restore(self, harm: Harm) -> None:
        """Put the journal back, or begin it anew with the state; the release is as it was either way."""
        if harm is Harm.MIDDLE_CHANGED:
            return  # nobody looks there again
        before = replace(self.release, just_read=False)  # nothing was read upon this record
        if harm in LOSES:
            lost = len(self.told)
            self.tell(ev.JournalRestored(trouble=harm.name, lost=lost, state=packed(before)))
            before = replace(before, lost_records=lost)
        else:
            self.tell(ev.JournalRestored(trouble=harm.name))
        self.promises.want(self.release == before, "a state is another one in the next journal")
        self._settle()

    def _halve(self) -> None:
        """Go on with half of the journal, unless the order knows more than is left."""
        went_back = self.release.rollback is not None
        del self.told[max(1, len(self.told) // 2) :]
        self.release = fold_all(self.told)
        self.promises = self.promises.of_the_past(self.told)
        if self.moved and (self.release.phase is Phase.PREPARING or not self.release.last_number):
            self.promises.sights.add(Sight.JOURNAL_BROKEN)
            self._begin_back(ev.JournalReplaced(trouble="it has lost its end"))
            return
        self.promises.sights.add(Sight.JOURNAL_SHORTER)
        if went_back and self.release.rollback is None and not self.router:
            self.promises.cut_back = True  # stable has everything, and its record says otherwise
        self._take_up()

    def _begin_back(self, replaced: ev.JournalReplaced | None) -> None:
        """Let a person roll back by the order, or by what the cluster says, without any record."""
        self.told, self.asked, self.unanswered, self.around.disk_full = [], [], (), False
        self.promises = self.promises.of_another()
        opening = replace(opened(self.setup.plan, attended=self.setup.attended), leased=self.setup.leased)
        lost, shown = ("checkout-1", self._shown()) if replaced is None else (None, None)
        opening = replace(opening, goes_back=True, in_place_of=lost, shown=shown)
        self.release = self._told(opening, None)
        if replaced is not None:
            self.tell(replaced)
        self.tell(event_for(Command.ROLL_BACK, ANA, reason=""))
        self._settle()

    def _shown(self) -> Shown:
        """Give what a person is shown of the router; the mark that is there is the lost release's."""
        mark = "checkout-1" if self.marked else self.driver
        return Shown(weight=self.router, uid=str(self.uid), mark=mark, generation=self.generation)

    def _is_not_as_shown(self) -> bool:
        release, now = self.release, self._shown()
        confirmed = release.rollback is not None and release.rollback.confirmed_at is not None
        if release.shown is None or confirmed or not (self.router or now.mark):
            return False
        if now.uid == release.shown.uid and now.mark == release.shown.mark != "" and not self.copied:
            return False
        return now != release.shown

    def _hold(self) -> None:
        meanwhile, self.held_meanwhile = self.held_meanwhile, False
        self.tell(ev.LeaseHeld(lease="shop/pithead-checkout", meanwhile=meanwhile))

    def _lose(self, wheel: Wheel) -> None:
        wrote = wheel is Wheel.THEIRS
        if wrote:
            self._put(THEIR_WEIGHT, "bob")
        by = "" if wheel is Wheel.UNCERTAIN else "bob@laptop"
        self.tell(ev.LeaseLost(why="it could not be renewed", by=by, wrote=wrote))

    def _say_trouble(self) -> None:
        if self.around.disk_full and not self.release.unrecorded:
            self.safe = len(self.told)
            self.release = self._told(ev.JournalStuck(trouble="no space left"), self.release)
        elif self.release.unrecorded and not self.around.disk_full:
            self.release = self._told(ev.JournalMended(), self.release)

    def _forget_what_is_not_on_the_disk(self) -> None:
        if self.release.unrecorded:
            del self.told[max(1, self.safe) :]
            self.release = fold_all(self.told)
            self.promises = self.promises.of_the_past(self.told)
        self.around.disk_full = False

    def _begin(self) -> None:
        words = "found" if self.setup.passes else "is not there"
        known, self.held_meanwhile = self.release.generation, False
        if self.setup.leased and self.around.wheel is Wheel.OURS:
            self._hold()
        self.tell(self._seen())
        self.tell(ev.Identified(cluster=ClusterId(), route=str(self.uid)))
        if self.setup.plan.judge is not None:
            self.tell(ev.JudgeBegun(terms=terms_for(self.setup.plan.judge)))
        passes = self.setup.passes and known in (0, self.generation)
        self.tell(ev.PreflightDone(checks=(Check(name="route", ok=passes, words=words),)))
        self._settle()

    def _go_on(self) -> None:
        """Do what a worker does that takes a release up: look, a way back first, then what became of it."""
        if self.release.phase is Phase.PREPARING and not self.release.goes_back:
            self._begin()
            return
        self._settle()
        if self.setup.leased and self.around.wheel is Wheel.OURS and self.release.phase is Phase.RUNNING:
            self._hold()
        self._watch()
        self._settle()

    def _look_first(self) -> None:
        """Tell what is found before anything is done to it, and what became of a dead worker's writes."""
        ours = self._is_as_left()
        if ours:
            self.tell(ev.RouterFound(weight=self.router, generation=self.generation))
        else:
            self.tell(self._stranger())
        unanswered, self.unanswered = self.unanswered, ()
        if not ours or self.release.rollback is not None:
            return
        for write in unanswered:
            self._answer(ev.WeightRequested(number=write.number, weight=write.weight))

    def _is_as_left(self) -> bool:
        release = self.release
        confirmed = release.rollback is not None and release.rollback.confirmed_at is not None
        if release.shown is not None and not confirmed:
            return not self._is_not_as_shown()
        if self._is_another() or self._was_moved_since():
            return False
        left = (release.weight or 0) if release.stranger is None else None
        back = release.rollback is not None or any(write.weight == 0 for write in self.unanswered)
        without_mark = self.router == 0 and (back or left == 0)
        never_marked = not release.signed and self.router == left
        went_on = self.mover == "pithead" and self.router not in asked_for(release, self.unanswered)
        return (self.marked and not self.copied and not went_on) or (
            not self.driver and (without_mark or never_marked)
        )

    def _is_a_strangers(self) -> bool:
        release = self.release
        marked = release.rollback is None and self.driver not in ("", release.overruled)
        return marked or self._is_left_alone() or self._was_driven_by_another()

    def _was_driven_by_another(self) -> bool:
        release = self.release
        at_ours = release.rollback is None and self.router == release.weight
        left_alike = at_ours and self.mover == "pithead" and self._was_changed()
        left = self.left_by_another and self.router > 0
        return left_alike or left or self._is_not_as_shown()

    def _was_changed(self) -> bool:
        known = self.release.generation
        if not known or self.generation == known:
            return False
        by_us = self.mover == "pithead" and (self.marked or self.router == 0)
        got_through = self.router in self.release.asked_since and self.generation == known + 1
        return not (by_us and got_through)

    def _was_moved_since(self) -> bool:
        harmless = self.release.rollback is not None and (self.router == 0 or self.mover != "pithead")
        return not harmless and self._was_changed()

    def _seen(self) -> ev.RouterSeen:
        return ev.RouterSeen(weight=self.router, changed_by=self.mover, generation=self.generation)

    def _is_another(self) -> bool:
        identity = self.release.identity
        return identity is not None and identity.route != str(self.uid)

    def _is_left_alone(self) -> bool:
        if not self._is_another() or self.release.rollback_asked is not None:
            return False
        return self.release.rollback is None or self.router > 0

    def _stranger(self) -> ev.RouterFound:
        another = self._is_another()
        uid = str(self.uid) if another else ""
        mark = self.driver or (PUT_THERE if self.copied else "")
        return ev.RouterFound(
            weight=self.router,
            ours=False,
            by=self.mover,
            mark=mark,
            replaced=another,
            uid=uid,
            generation=self.generation,
            unlike_shown=self._is_not_as_shown(),
            since=self._was_changed() and not another and (self.marked or not self.release.signed),
        )

    def _settle(self) -> None:
        """Ask until there is no answer; on a clear road what is ordered is done at once."""
        while not self.promises.broken and (events := decide(self.release, now=self.now)):
            for event in events:
                self.tell(event)
                if isinstance(event, ev.WeightRequested):
                    self.asked.append(event)
                    self.moved = self.moved or event.weight > 0
            if self.release.phase is Phase.ENDED:
                self.asked = []  # a worker leaves without hearing what became of them
            elif self.around.road is not Road.SLOW:
                self._write()

    def _write(self) -> None:
        """Let everything that was asked of the router come back, the latest first: it overtakes the rest."""
        while self.asked:
            order = self.asked.pop()
            another = self._is_left_alone() or (order.weight and self._is_another())
            changed = self.release.rollback is None and self._was_changed()
            left = self.left_by_another and self.router > 0
            if another or changed or left or self._is_not_as_shown():
                pass  # nothing is written there
            elif self.around.road in (Road.CLEAR, Road.MUTE, Road.SLOW):
                self._is_ours(order.weight)
            elif self.around.road is Road.RAISED:
                self._is_ours(raised(order.weight))
            if any(write.number == order.number for write in self.release.writes):
                self._answer(order)  # else another try has found out

    def _answer(self, order: ev.WeightRequested) -> None:
        if self.around.road not in SHUT and self.router == order.weight:
            self.tell(
                ev.WeightConfirmed(
                    number=order.number, weight=order.weight, took_ms=5.0, generation=self.generation
                )
            )
            return
        if self.around.road is Road.RAISED and self.release.rollback is None and self.mover == "pithead":
            self.tell(
                ev.WeightAltered(
                    number=order.number,
                    asked=order.weight,
                    weight=self.router,
                    generation=self.generation,
                )
            )
            return
        self.tell(ev.WriteFailed(number=order.number, trouble=f"the road is {self.around.road.name}"))
        self._watch()

    def _refusal(self, command: Command, reason: str) -> str:
        return refusal(self.release, command, now=self.now) or want_of_reason(
            self.release, command, reason=reason
        )

    def _tick(self) -> None:
        self.now += self.setup.plan.interval_s - STEP_S
        if self.asked and (self.around.road is not Road.SLOW or self._is_late()):
            self._write()
        self.now += STEP_S
        if self.release.phase is Phase.PREPARING:
            return
        self._watch()
        before = self.release
        self.tell(ev.SampleTaken(sample=self.around.sample(self.router)))
        for event in announce(before, self.release):
            self.tell(event)
        self._settle()

    def _is_late(self) -> bool:
        return self.now > self.release.writes[0].at + LATE_S

    def _watch(self) -> None:
        if self.release.writes:
            return
        if self.around.road in SHUT:
            error, cause = SHUT[self.around.road]
            if self.release.unread is None or self.release.unread.cause is not cause:
                self.tell(ev.RouterUnread(cause=cause, why=str(error)))
            return
        if self.release.unseen:
            self._look_first()
        if self.release.stranger is not None and self.release.unread is None:
            return
        if self._is_a_strangers():
            self.tell(self._stranger())
            return
        if self.release.unread is not None:
            self.tell(ev.RouterReadAgain())
        if self.router != self.release.weight or self.generation != self.release.generation:
            self.tell(self._seen())

    # -- what must be -------------------------------------------------------------------------------

    def check(self) -> None:
        """See that there is always a line that says why, and that a rollback goes its way."""
        self.promises.want(bool(explain(self.release, now=self.now).text), "nothing says why it waits")
        self._check_the_way_back()

    def _check_the_way_back(self) -> None:
        """A rollback is on its way, or there, or is tried again in a second at the latest.

        Who overwrites it again and again is fought ever more seldom.
        """
        release, rollback = self.release, self.release.rollback
        if release.phase is not Phase.ROLLING_BACK or rollback is None or release.left_to_a_person:
            return
        going = any(write.weight == 0 for write in release.writes)
        there = release.weight == 0 and rollback.confirmed_at is not None
        soon = release.failure is not None and self.now < release.failure.at + 1.0
        fought = rollback.overwritten > 1 and self.now < rollback.overwritten_at + LONGEST_PACE_S
        self.promises.want(going or there or soon or fought, "a rollback stands still")

    def _check_the_end(self) -> None:
        end = self.release.end
        self.promises.want(end is not None, "stable was wanted back, and the release never ended")
        theirs = self.promises.overtaken or self.promises.outrun
        ours = self.mover == "pithead" and self.release.stranger is None and not theirs
        if self.release.rollback and end and end.outcome in _BACK and ours:
            self.promises.want(self.router == 0, f"rolled back, and the router says {self.router}%")
