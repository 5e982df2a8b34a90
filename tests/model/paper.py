"""A release on paper: the fold and the policy, and around them a shell that does what a worker does, at once.

There is no loop and no waiting, so it is some ten times as fast as a worker. Answers can come in any order.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from console.journal.decode import decode
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.explain import explain
from console.policy.permit import Command, event_for, refusal, want_of_reason
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold, fold_all
from console.release.state import Phase, Release, Write
from tests.model.promises import Promises
from tests.model.setups import Setup, terms_for
from tests.model.surroundings import THEIR_WEIGHT, Road, Surroundings, Weather, Wheel, raised
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
        self.around.road = road

    def wheel(self, wheel: Wheel) -> None:
        before, self.around.wheel = self.around.wheel, wheel
        if self.release.lease is None or before is wheel or self.release.phase is Phase.ENDED:
            return
        if wheel is Wheel.OURS:
            self.tell(ev.LeaseHeld(lease="shop/pithead-checkout"))
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
        self.tell(event_for(command, ANA, reason=reason))
        self._settle()

    def meddle(self, weight: int) -> None:
        self.router, self.mover = weight, "kubectl-edit"

    def crash(self, *, landed: bool) -> None:
        if self.release.phase is Phase.ENDED:
            return
        if landed and self.asked:
            self.router, self.mover = self.asked[-1].weight, "pithead"
        self._forget_what_is_not_on_the_disk()
        self.asked = []
        unanswered = self.release.writes
        self.tell(
            ev.WorkerResumed(person=ANA, pithead="0", attended=self.setup.attended),
        )
        self._go_on(unanswered)

    def sleep(self, for_s: float) -> None:
        self.now += for_s
        self._settle()

    def end(self) -> None:
        self.around.mend()
        self._say_trouble()
        self.wheel(self.around.wheel)
        if self.release.phase in (Phase.PREPARING, Phase.RUNNING):
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

    def _lose(self, wheel: Wheel) -> None:
        wrote = wheel is Wheel.THEIRS
        if wrote:
            self.router, self.mover = THEIR_WEIGHT, "bob"
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
            self.around.disk_full = False
            self.release = fold_all(self.told)
            self.promises = self.promises.of_the_past(self.told)

    def _begin(self) -> None:
        words = "found" if self.setup.passes else "is not there"
        if self.setup.leased and self.around.wheel is Wheel.OURS:
            self.tell(ev.LeaseHeld(lease="shop/pithead-checkout"))
        self.tell(ev.RouterSeen(weight=self.router))
        if self.setup.plan.judge is not None:
            self.tell(ev.JudgeBegun(terms=terms_for(self.setup.plan.judge)))
        self.tell(ev.PreflightDone(checks=(Check(name="route", ok=self.setup.passes, words=words),)))
        self._settle()

    def _go_on(self, unanswered: tuple[Write, ...]) -> None:
        """Do what a worker does that takes a release up: a way back first, then look what became of it."""
        if self.release.phase is Phase.PREPARING:
            self._begin()
            return
        self._settle()
        if self.release.phase is not Phase.RUNNING:
            return
        if self.setup.leased and self.around.wheel is Wheel.OURS:
            self.tell(ev.LeaseHeld(lease="shop/pithead-checkout"))
        for write in unanswered:
            self._answer(ev.WeightRequested(number=write.number, weight=write.weight))
        self._watch()
        self._settle()

    def _settle(self) -> None:
        """Ask until there is no answer; on a clear road what is ordered is done at once."""
        while not self.promises.broken and (events := decide(self.release, now=self.now)):
            for event in events:
                self.tell(event)
                if isinstance(event, ev.WeightRequested):
                    self.asked.append(event)
            if self.release.phase is Phase.ENDED:
                self.asked = []  # a worker leaves without hearing what became of them
            elif self.around.road is not Road.SLOW:
                self._write()

    def _write(self) -> None:
        """Let everything that was asked of the router come back, the latest first: it overtakes the rest."""
        while self.asked:
            order = self.asked.pop()
            if self.around.road in (Road.CLEAR, Road.MUTE, Road.SLOW):
                self.router, self.mover = order.weight, "pithead"
            elif self.around.road is Road.RAISED:
                self.router, self.mover = raised(order.weight), "pithead"
            if any(write.number == order.number for write in self.release.writes):
                self._answer(order)  # else another try has found out

    def _answer(self, order: ev.WeightRequested) -> None:
        if self.around.road is not Road.CUT and self.router == order.weight:
            self.tell(ev.WeightConfirmed(number=order.number, weight=order.weight, took_ms=5.0))
            return
        if self.around.road is Road.RAISED and self.release.rollback is None and self.mover == "pithead":
            altered = ev.WeightAltered(number=order.number, asked=order.weight, weight=self.router)
            self.tell(altered)
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
        if self.around.road is Road.CUT:
            if self.release.unread is None:
                self.tell(ev.RouterUnread(cause=ev.Unread.UNREACHABLE, why="no route to host"))
            return
        if self.release.unread is not None:
            self.tell(ev.RouterReadAgain())
        if self.router != self.release.weight:
            self.tell(ev.RouterSeen(weight=self.router, changed_by=self.mover))

    # -- what must be -------------------------------------------------------------------------------

    def check(self) -> None:
        """See that there is always a line that says why, and that a rollback goes its way."""
        self.promises.want(bool(explain(self.release, now=self.now).text), "nothing says why it waits")
        self._check_the_way_back()

    def _check_the_way_back(self) -> None:
        """A rollback is on its way, or there, or is tried again in a second at the latest."""
        release, rollback = self.release, self.release.rollback
        if release.phase is not Phase.ROLLING_BACK or rollback is None:
            return
        going = any(write.weight == 0 for write in release.writes)
        there = release.weight == 0 and rollback.confirmed_at is not None
        soon = release.failure is not None and self.now < release.failure.at + 1.0
        self.promises.want(going or there or soon, "a rollback stands still")

    def _check_the_end(self) -> None:
        end = self.release.end
        self.promises.want(end is not None, "stable was wanted back, and the release never ended")
        if self.release.rollback and end and end.outcome in _BACK and self.mover == "pithead":
            self.promises.want(self.router == 0, f"rolled back, and the router says {self.router}%")
