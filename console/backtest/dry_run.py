"""A dry run: a release without a worker, the real fold and policy over evidence that is already there.

Two kinds: `Driven`: the policy drives, and the router obeys at once. `Observed`: someone else
drove, the stages are read off the traffic's split, and of the policy only the rollback is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from console.backtest.split import SplitWatch, percent_of
from console.errors import ExitCode
from console.evidence import Sample
from console.judge.terms import Terms
from console.person import Person
from console.plan.model import Plan
from console.policy.announce import announce
from console.policy.decide import decide
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Phase, Release
from console.version import VERSION


class DryRun(Protocol):
    """Takes evidence tick by tick; its release is what came of it."""

    @property
    def release(self) -> Release:
        """The release by now."""

    def take(self, at: float, sample: Sample) -> None:
        """Take the evidence of one tick."""

    def close(self, at: float) -> None:
        """End what the evidence did not end."""


class _DryRun:
    """What both kinds share: records are written and folded."""

    def __init__(
        self,
        opened: ev.ReleaseOpened,
        *,
        at: float,
        record: Callable[[ev.Record], None],
        terms: Terms | None = None,
    ) -> None:
        """Open the release, with the plan's judge on its terms, and let it begin."""
        self._record = record
        self._last = 1
        first = ev.Record(n=1, at=at, event=opened)
        record(first)
        self.release = fold(None, first)
        made_from = Check(name="evidence", ok=True, words=opened.backtest)
        self._write(at, ev.PreflightDone(checks=(made_from,)))
        self._write(at, ev.RouterSeen(weight=0))
        if terms is not None:
            self._write(at, ev.JudgeBegun(terms=terms))
        self._begin()

    def _begin(self) -> None:
        """Do what comes before the first tick."""
        raise NotImplementedError

    def _write(self, at: float, event: ev.AnyEvent) -> None:
        self._last += 1
        written = ev.Record(n=self._last, at=at, event=event)
        self._record(written)
        self.release = fold(self.release, written)

    def _look(self, at: float, sample: Sample) -> None:
        before = self.release
        self._write(at, ev.SampleTaken(sample=sample))
        for event in announce(before, self.release):
            self._write(at, event)

    def _end(self, at: float, outcome: ev.Outcome, code: ExitCode, reason: str) -> None:
        if self.release.phase is not Phase.ENDED:
            self._write(at, ev.ReleaseEnded(outcome=outcome, exit_code=int(code), reason=reason))


class Driven(_DryRun):
    """The policy drives from 0% on; each weight it asks for is in force at once."""

    def take(self, at: float, sample: Sample) -> None:
        """Take the evidence of one tick, and let the policy act."""
        if self.release.end is not None:
            return
        self._look(at, sample)
        self._settle(at)

    def close(self, at: float) -> None:
        """Say that the evidence ended first."""
        self._end(at, ev.Outcome.HELD, ExitCode.HELD, "the evidence ended before the release did")

    def _begin(self) -> None:
        self._settle(self.release.opened_at)

    def _settle(self, at: float) -> None:
        while events := decide(self.release, now=at):
            for event in events:
                self._write(at, event)
                if isinstance(event, ev.WeightRequested):
                    self._write(at, ev.WeightConfirmed(number=event.number, weight=event.weight, took_ms=0.0))


class Observed(_DryRun):
    """Someone else drove: a stage is entered when the canary's share of the requests comes to its weight."""

    _watch: SplitWatch
    """It begins with the canary's first traffic."""

    def take(self, at: float, sample: Sample) -> None:
        """Take the evidence of one tick; the policy may only pull back."""
        if self.release.end is not None:
            return
        before = self._watch.stage
        self._watch = self._watch.saw(sample)
        if self._watch.stage != before:
            self._turn(at, self._watch.stage)
        if self.release.end is None:
            # Nobody asked for the stage's weight: what should arrive is told by the split that was seen.
            self._look(at, replace(sample, split=percent_of(sample)))
            self._pull_back(at)

    def close(self, at: float) -> None:
        """Say how far the plan let it come."""
        self._end(at, ev.Outcome.PROMOTED, ExitCode.PROMOTED, "the plan would not have pulled it back")

    def _begin(self) -> None:
        self._watch = SplitWatch(self.release.plan)

    def _turn(self, at: float, stage: int | None) -> None:
        """Enter the stage that the traffic is in; None: the canary's traffic has ended."""
        if stage is None:
            self._end(at, ev.Outcome.HELD, ExitCode.HELD, "the canary's traffic ended, pulled back by others")
            return
        number, weight = self.release.last_number + 1, self.release.plan.stages[stage].weight
        self._write(at, ev.StageEntered(stage=stage))
        self._write(at, ev.WeightRequested(number=number, weight=weight))
        self._write(at, ev.WeightConfirmed(number=number, weight=weight, took_ms=0.0))

    def _pull_back(self, at: float) -> None:
        for event in decide(self.release, now=at):
            if isinstance(event, ev.RollbackDecided):
                self._write(at, event)
                self._end(at, ev.Outcome.ROLLED_BACK, ExitCode.ROLLED_BACK_BY_GUARD, event.reason)


def opening(plan: Plan, *, name: str, person: Person, made_from: str) -> ev.ReleaseOpened:
    """Give the first event of a recording that is a backtest."""
    return ev.ReleaseOpened(
        format=ev.FORMAT,
        release=name,
        plan=plan,
        person=person,
        pithead=VERSION,
        attended=False,
        backtest=made_from,
    )
