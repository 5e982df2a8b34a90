"""Events to append after a sample: guards, and the judge, whose verdict has changed."""

from __future__ import annotations

from console.judge.reading import Reading, Verdict
from console.judge.verdict import JudgeVerdict
from console.metrics.lag import NAME as STORE
from console.metrics.lag import lag_in_words
from console.plan.model import Guard
from console.policy.judge_words import judge_in_words, text_for
from console.policy.reading_words import reading_in_words
from console.release import events as ev
from console.release.state import Phase, Release


def announce(before: Release, after: Release) -> tuple[ev.GuardTurned, ...]:
    """Return an event for each guard whose verdict, or its ripeness, is another than before.

    A guard's first reading is news only if it is a breach: each stage begins with a first reading of all.
    The judge's word is news alike, and how late the store answers. Once it was decided to go back none speaks
    any more: it would read as if something went on.
    """
    if after.phase is not Phase.RUNNING:
        return ()
    stage = after.stage
    guards: tuple[Guard, ...] = stage.guards if stage else ()
    turned = [*_later(before, after), *_judge_turned(before, after)]
    for guard in guards:
        old, new = before.memory.reading(guard), after.memory.reading(guard)
        if new is None or not _is_news(old, new):
            continue
        words = reading_in_words(guard, new, after.plan)
        turned.append(ev.GuardTurned(guard=guard.name, verdict=new.verdict, words=words))
    return tuple(turned)


def _later(before: Release, after: Release) -> tuple[ev.GuardTurned, ...]:
    """Return an event where the store has become later, or is in time again; the preflight says the first."""
    # By less than a tick the lag moves with the looks alone: it is read off samples, once a tick.
    if before.tick_at is None or abs(after.lag_s - before.lag_s) <= after.plan.interval_s:
        return ()
    verdict = Verdict.INSUFFICIENT if after.lag_s else Verdict.HEALTHY
    return (ev.GuardTurned(guard=STORE, verdict=verdict, words=lag_in_words(after.lag_s)),)


def _judge_turned(before: Release, after: Release) -> tuple[ev.GuardTurned, ...]:
    """Return an event where the judge does another thing, or has another reason; for some each analysis."""
    new, old = after.judge_says, before.judge_says or JudgeVerdict()
    if new is None or (new.action, new.why, new.analyses) == (old.action, old.why, old.analyses):
        return ()
    name, words = text_for(after.plan).name, judge_in_words(after)
    return (ev.GuardTurned(guard=name, verdict=after.judge_word or Verdict.HEALTHY, words=words),)


def _is_news(old: Reading | None, new: Reading) -> bool:
    if old is None:
        return new.verdict is Verdict.BREACH
    return (old.verdict, old.ripe) != (new.verdict, new.ripe)
