"""Releases to report on."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from console.journal import Journal
from console.plan.model import Plan, Version
from console.release import events as ev
from tests.policy.test_judge import begun, live, traffic
from tests.releases import ANA, Story, counts, guard, plan, running, sample, stage

EVIL = "<script>alert(1)</script> [x](http://evil) \x1b[31m"
SLOW_TO_ACT = plan(stage(10, guard(for_s=2.0), hold_s=4.0), stage(50, guard(for_s=2.0)))


def rolled_back(of: Plan = SLOW_TO_ACT) -> Story:
    """One healthy stage, then errors: the guard acts after two seconds."""
    story = running(of)
    story.ticks([sample(stable=counts(900), canary=counts(100))] * 4)
    story.enter(1)
    story.ticks([sample(stable=counts(500), canary=counts(500, errors=100))] * 3)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="too many errors"))
    story.tell(ev.WeightRequested(number=3, weight=0))
    story.tell(ev.WeightConfirmed(number=3, weight=0, took_ms=12.0), after_s=0.012)
    story.ticks([sample(stable=counts(1000), canary=counts(0))] * 2)
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=10, reason="too many errors"))
    return story


def proven() -> Story:
    """The plan has no guard on errors: the two keys see them, and roll back."""
    return live(live(begun(), traffic(), ticks=15), traffic(canary=0.04), ticks=600)


def hostile() -> Story:
    """A release in which every text from outside is an attack."""
    of = replace(
        SLOW_TO_ACT,
        service=EVIL,
        canary=Version(name=EVIL, deployment=EVIL),
        stages=(stage(10, guard(name=EVIL), hold_s=4.0), stage(50, guard(name=EVIL))),
    )
    story = rolled_back(of)
    mallory = replace(ANA, login=EVIL)
    story.tell(ev.CommandRefused(command=EVIL, person=mallory, why=EVIL))
    story.tell(ev.RouterSeen(weight=7, changed_by=EVIL))
    return story


def written(story: Story, folder: Path) -> Path:
    """Write the story's journal and give its path."""
    path = folder / "journal.jsonl"
    with Journal(path) as journal:
        for record in story.records:
            journal.append(record)
    return path
