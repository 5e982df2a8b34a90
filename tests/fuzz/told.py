"""Recordings that inputs are made from: between them they hold every kind of event."""

from __future__ import annotations

from functools import cache
from typing import get_args

import msgspec
from msgspec.structs import replace

from console.elsewhere import Elsewhere
from console.evidence import Look, Pods
from console.identity import ClusterId
from console.policy.judges.two_keys.keys_words import keys_of
from console.release import events as ev
from console.release.carried import packed
from tests.cli.shelf import ended
from tests.policy.test_judge import begun, live, traffic
from tests.releases import ANA, Story, blind, counts, running, sample
from tests.report.stories import hostile, rolled_back


@cache
def journals() -> tuple[tuple[bytes, ...], ...]:
    """Give the lines of each, without newlines and hashes."""
    stories = (rolled_back(), ended(), hostile(), _judged(), _troubled(), _troubled())
    return tuple(tuple(map(msgspec.json.encode, story.records)) for story in stories)


def _judged() -> Story:
    """Two keys, until they go back."""
    story = live(begun(), traffic(canary=0.05), ticks=25)
    terms = keys_of(story.release).terms
    assert terms is not None
    story.tell(
        ev.JudgeRefreshed(profile=terms.profile),
        ev.JudgeResumed(reason="it is over"),
        ev.JudgeOverridden(person=ANA, reason="I know"),
    )
    return story


def _troubled() -> Story:
    """Everything else that can happen, a tick of each kind, and no end."""
    story = running()
    rich = Look(
        counts=counts(90, errors=2, slow=4),
        pods=Pods(desired=3, ready=2, restarts=1, crash_looping=0, cpu_cores=0.5, memory_bytes=2e8),
        business={"orders": 12.5},
        events={"carts": 3.0},
    )
    story.ticks([replace(sample(), stable=rich, canary=rich, trouble="a part is missing"), blind()])
    story.tell(
        ev.LeaseHeld(lease="shop/x", taken_from="bob@host", person=ANA, reason="bob is away"),
        ev.LeaseAwaited(lease="shop/x", taken_from="bob@host", wait_s=15.0),
        ev.LeaseLost(why="it is another's", by="eve@host"),
        ev.LeaseWaived(person=ANA, reason="no rights"),
        ev.RouterSeen(
            weight=33,
            changed_by="kubectl-edit",
            elsewhere=(Elsewhere(where='route "beta"', to="v2", canary=True),),
        ),
        ev.RouterFound(weight=20, ours=False, by="kubectl", mark="bob@x (release y)", replaced=True),
        ev.RouterFound(weight=20, ours=False, by="kubectl", generation=7, since=True),
        ev.Identified(cluster=ClusterId(uid="1-2", authority="ab", server="https://x"), route="3-4"),
        ev.RouterUnread(cause=ev.Unread.GONE, why="it is not there"),
        ev.RouterReadAgain(),
        ev.GuardTurned(guard="error_rate max", verdict="breach", words="v2's error rate is 9%"),
        ev.Paused(person=ANA, reason="lunch"),
        ev.Resumed(person=ANA),
        ev.PromotionAsked(person=ANA, reason="go"),
        ev.Approved(person=ANA),
        ev.AdvancedBlind(person=ANA, reason="night"),
        ev.Retreated(weight=0, reason="both suffer"),
        ev.CommandRefused(command="promote", person=ANA, why="a guard is in breach"),
        ev.WeightRequested(number=2, weight=50),
        ev.WriteFailed(number=2, trouble="connection refused"),
        ev.WeightRequested(number=3, weight=50),
        ev.WeightAltered(number=3, asked=50, weight=80),
        ev.TakenBack(weight=10, reason="50% came out as 80%"),
        ev.RollbackWithheld(cause=ev.Cause.GUARD, reason="v2's error rate is 9%"),
        ev.Notified(to="env:SLACK", occasion="hold", took_ms=12.0),
        ev.NotifyFailed(to="file:/x", occasion="hold", trouble="no answer", dropped=2),
        ev.JournalStuck(trouble="No space left on device"),
        ev.JournalMended(),
        ev.Signalled(signal="SIGHUP", does=ev.OnSignal.GO_ON),
        ev.Signalled(signal="SIGTERM", does=ev.OnSignal.HOLD),
        ev.JournalReplaced(trouble="the journal's last line is no record", kept="journal.jsonl.damaged-1"),
        ev.JournalRestored(trouble="its file was deleted", kept="journal.jsonl.damaged-2"),
        ev.WorkerResumed(person=ANA, pithead="0", torn_bytes=7),
        ev.WorkerResumed(person=ANA, pithead="0", torn_bytes=7, missing=("AWS_PROFILE",)),
        ev.RolledBack(reads=3, over_s=1.4),
        ev.Recovered(still_served=12.0, failed=3.0, troubled=True),
        after_s=1.0,
    )
    story.ticks([replace(sample(), stable=rich, canary=Look()), sample()])
    story.tell(ev.JournalRestored(trouble="its file was cut", lost=40, state=packed(story.release)))
    story.ticks([sample()])
    story.tell(ev.RollbackAsked(person=ANA, reason="enough"))
    return story


def kinds_told() -> set[type]:
    """Give the kinds of event that the recordings hold: all that there are, says a test."""
    lines = (line for journal in journals() for line in journal)
    return {type(msgspec.json.decode(line, type=ev.Record).event) for line in lines}


ALL_KINDS = frozenset(get_args(ev.AnyEvent))
