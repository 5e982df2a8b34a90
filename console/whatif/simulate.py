"""What-if: the recorded evidence goes through the real fold and the real policy, under another plan. Pure.

What is kept of the recording, and what is not:

- Ticks come when they came, so the interval is the recording's. Evidence of another weight is marked, see
  `evidence.py`.
- Persons ask for the same at the same times, and the policy answers anew; what was refused stays refused.
  An approval waits until the simulated release comes to its stage; a promotion asked for in another stage is
  dropped.
- A write that both releases make has its recorded answer. Any other is confirmed after the recording's
  median time, and the answers to writes that were not made are dropped.
- What others did to the router and the lease, they do again. People elsewhere are told of the recorded
  release, so their messages are left out from where the two part.
- The two keys judge by the plan's terms, on the channels and the noise that were recorded; without a
  recorded judge they stay out.
- Where the recorded release is back at 0% and the simulated one still runs, the evidence ends.

With the plan that was recorded, the answer is the recording.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import cast

from msgspec.structs import replace

from console.command import Command
from console.errors import JournalError
from console.judge.registry import judge_named
from console.judge.terms import Terms
from console.plan.model import Plan
from console.policy.announce import announce
from console.policy.commands import command_of, spec_of
from console.policy.decide import decide
from console.policy.permit import refusal, want_of_reason
from console.release import events as ev
from console.release.event import Commanded
from console.release.fold import fold
from console.release.state import Phase, Release
from console.whatif.decision_steps import DecisionStep, decision_steps
from console.whatif.evidence import basis_of, evidence_on
from console.whatif.simulation import Dropped, Simulation, Tick, gist, is_decision

USUAL_MS = 50.0
"""How long a write takes where the recording has none."""
STAYED = ev.RolledBack(reads=3, over_s=1.4)
"""Nobody takes the traffic away again from a rollback that only the simulated release makes."""


def what_if(records: Sequence[ev.Record], plan: Plan) -> Simulation:
    """Tell the recorded release again under `plan`; raises JournalError where it is no journal."""
    if not records or not isinstance(records[0].event, ev.ReleaseOpened):
        raise JournalError("the recording does not begin with the opening of a release")
    if any(isinstance(record.event, ev.JournalRestored) and record.event.lost for record in records):
        raise JournalError(
            "the recording's journal was cut while the release ran, and lacks the records before that",
            hint="what another plan would have done needs all of them",
        )
    simulation = _Simulating(
        records[0].event, replace(plan, interval_s=records[0].event.plan.interval_s), records
    )
    for step in decision_steps(records):
        if simulation.is_over:
            break
        simulation.take(step)
    return simulation.told()


class _Recorded:
    """Where the recorded release stands, as far as the simulated one must know."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.terms: Terms | None = None
        self.weight: int | None = None
        self.stage = -1
        self.rolling_back = False

    def follow(self, record: ev.Record) -> None:
        if record.event.in_force is not None:
            self.weight = record.event.in_force
        match record.event:
            case ev.StageEntered(stage=stage):
                self.stage = stage
            case ev.RollbackDecided():
                self.rolling_back = True
            case _:
                pass


class _Simulating:
    """The simulated release while it is told, step by step."""

    def __init__(self, opened: ev.ReleaseOpened, plan: Plan, records: Sequence[ev.Record]) -> None:
        self._opened = replace(opened, plan=plan)
        self._write_ms = median(_write_times_ms(records) or [USUAL_MS])
        self._recorded = _Recorded(opened.plan)
        self._records: list[ev.Record] = []
        self._ticks: list[Tick] = []
        self._dropped: list[Dropped] = []
        self._expected: deque[ev.Record] = deque()
        self._shared_writes: set[int] = set()
        self._answers: deque[tuple[float, ev.WeightConfirmed | ev.RolledBack]] = deque()
        self._kept: dict[tuple[int, Command], Commanded] = {}
        """What was asked for a stage to which the simulated release has not come yet."""
        self._parted = False
        self._ended_alike = False
        self._evidence_ended = False
        self._at = 0.0
        self._release: Release | None = None

    @property
    def is_over(self) -> bool:
        """Whether the rest of the recording has nothing to say to the simulated release."""
        ended = self._release is not None and self._release.phase is Phase.ENDED
        return self._evidence_ended or (ended and not self._ended_alike)

    def told(self) -> Simulation:
        """Give all that was told."""
        release = self._now_is
        return Simulation(
            records=tuple(self._records),
            release=release,
            ticks=tuple(self._ticks),
            dropped=tuple(self._dropped),
            evidence_ends_at=None if release.end else self._at,
        )

    def take(self, step: DecisionStep) -> None:
        """Let one step of the recording happen."""
        self._answer_until(step.happened[0].at)
        if self.is_over:
            return
        self._expected = deque(step.decided)
        self._happen(step)
        for record in (*step.happened, *step.decided):
            self._recorded.follow(record)
        if step.decided or not step.happened[-1].event.about.noted:
            self._settle()
        self._parted |= any(is_decision(record.event) for record in self._expected)
        self._see_whether_evidence_ends()

    @property
    def _now_is(self) -> Release:
        assert self._release is not None
        return self._release

    # -- what the world did -------------------------------------------------------------------------

    def _happen(self, step: DecisionStep) -> None:
        for record in step.happened:
            self._at = max(self._at, record.at)
            match record.event:
                case ev.ReleaseOpened():
                    self._tell(self._opened)
                case ev.SampleTaken():
                    self._look(record.event)
                case event if event.about.answers:
                    if not self._has_place(event):
                        return  # what was read back after a write that was not made goes with it
                    self._tell(event)
                case ev.JudgeBegun() | ev.JudgeRefreshed():
                    self._prepare_judge(record.event)
                case Commanded() as event:
                    self._commanded(record, event)
                case _:
                    self._tell(record.event)

    def _has_place(self, event: ev.AnyEvent) -> bool:
        """Whether what it answers was done here too: a write by its number, all else until the two part."""
        number = getattr(event, "number", None)
        return not self._parted if number is None else number in self._shared_writes

    def _prepare_judge(self, event: ev.JudgeBegun | ev.JudgeRefreshed) -> None:
        """Begin the judge, or go on with newer noise, by this plan's terms; without them there are none."""
        plan, was = self._opened.plan, self._recorded.terms
        judge = judge_named(plan.judge_kind)
        if isinstance(event, ev.JudgeBegun):
            self._recorded.terms = event.terms
        if plan.judge_settings == self._recorded.plan.judge_settings:
            if judge.wants_past:
                self._tell(event)
        elif isinstance(event, ev.JudgeBegun):
            if (terms := judge.terms_under(event.terms, plan)) is not None:
                self._tell(ev.JudgeBegun(terms=terms))
        elif (noise := judge.profile_under(event.profile, plan, was=was)) is not None:
            self._tell(ev.JudgeRefreshed(profile=noise))

    def _look(self, event: ev.SampleTaken) -> None:
        before = self._now_is
        stands_on = basis_of(recorded=self._recorded.weight, simulated=before.weight)
        self._ticks.append(
            Tick(at=self._at, recorded=self._recorded.weight, simulated=before.weight, basis=stands_on)
        )
        self._tell(
            ev.SampleTaken(sample=evidence_on(event.sample, stands_on, recorded=self._recorded.weight))
        )
        for turned in announce(before, self._now_is):
            self._say(turned)

    def _commanded(self, record: ev.Record, event: Commanded) -> None:
        stage, command = self._recorded.stage, command_of(type(event))
        spec = spec_of(command)
        if spec.keeps and stage > self._now_is.index:
            self._kept[stage, command] = event
        elif spec.of_a_stage and stage != self._now_is.index:
            self._dropped.append(Dropped(record=record, why=f"{command} was asked for in another stage"))
        else:
            self._ask_for(command, event)

    def _ask_for(self, command: Command, event: Commanded) -> None:
        release = self._now_is
        why = refusal(release, command, now=self._at)
        why = why or want_of_reason(release, command, reason=event.reason)
        refused = ev.CommandRefused(command=command, person=event.person, why=why)
        self._tell(refused if why else cast("ev.AnyEvent", event))  # each kind of `Commanded` is one

    def _answer_until(self, at: float) -> None:
        """Let the router answer the writes that only the simulated release made."""
        while self._answers and self._answers[0][0] <= at:
            due, answer = self._answers.popleft()
            self._expected = deque()
            self._at = max(self._at, due)
            self._tell(answer)
            if isinstance(answer, ev.WeightConfirmed) and self._now_is.rollback is not None:
                self._answers.append((self._at + STAYED.over_s, STAYED))
            self._settle()

    # -- what is decided upon it --------------------------------------------------------------------

    def _settle(self) -> None:
        """Ask the policy until it has nothing more to say, as a worker does."""
        while events := decide(self._now_is, now=self._asked_at()):
            for event in events:
                self._decided(event)

    def _asked_at(self) -> float:
        """Where the recording decided something, its policy was asked then."""
        return max(self._at, self._expected[0].at) if self._expected else self._at

    def _decided(self, event: ev.AnyEvent) -> None:
        alike = self._say(event)
        if isinstance(event, ev.WeightRequested):
            if alike:
                self._shared_writes.add(event.number)
            else:
                took = ev.WeightConfirmed(number=event.number, weight=event.weight, took_ms=self._write_ms)
                self._answers.append((self._at + self._write_ms / 1000, took))
        elif isinstance(event, ev.StageEntered):
            for stage, command in [kept for kept in self._kept if kept[0] == event.stage]:
                self._ask_for(command, self._kept.pop((stage, command)))
        elif isinstance(event, ev.ReleaseEnded):
            self._ended_alike = alike

    def _say(self, event: ev.AnyEvent) -> bool:
        """Write down a decision; one that the recording has too keeps its time. Gives whether it has."""
        decided = gist(event)
        alike = any(gist(record.event) == decided for record in self._expected)
        while alike:
            record = self._expected.popleft()
            if gist(record.event) == decided:
                self._at = max(self._at, record.at)
                break
        self._tell(event)
        self._parted |= not alike and is_decision(event)
        return alike

    def _tell(self, event: ev.AnyEvent) -> None:
        record = ev.Record(n=len(self._records) + 1, at=self._at, event=event)
        self._records.append(record)
        self._release = fold(self._release, record)

    def _see_whether_evidence_ends(self) -> None:
        back = self._recorded.rolling_back and self._recorded.weight == 0
        self._evidence_ended = back and self._now_is.phase is Phase.RUNNING


def _write_times_ms(records: Sequence[ev.Record]) -> list[float]:
    return [record.event.took_ms for record in records if isinstance(record.event, ev.WeightConfirmed)]
