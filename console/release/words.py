"""An event in words: one line, for the log on the screen, for pipelines and for reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.elsewhere import in_words
from console.evidence import Look, Sample
from console.judge.tally import ratio
from console.plan.units import words_duration
from console.release import events as ev
from console.release.state import Release, Stranger


def event_in_words(event: ev.AnyEvent, release: Release) -> str:
    """Say what happened; `release` is the state after the event."""
    return _WORDS[type(event)](event, release)


def person_in_words(person: ev.Person) -> str:
    """Say who: `ana@bastion from 10.1.2.3 as ana@example.com`."""
    host = f"@{person.host}" if person.host else ""
    via = f" from {person.via}" if person.via else ""
    account = f" as {person.account}" if person.account else ""
    return f"{person.login}{host}{via}{account}"


def _opened(event: ev.ReleaseOpened, _release: Release) -> str:
    plan = event.plan
    kind = "backtest of a release" if event.backtest else "release"
    made_from = f", {event.backtest}" if event.backtest else ""
    if event.in_place_of is not None:
        whose = f"the release {event.in_place_of}" if event.in_place_of else "a release"
        back = f"{plan.canary.name} back to {plan.stable.name}"
        return f"{plan.service}: {back} for {whose} without a record, by {person_in_words(event.person)}"
    return (
        f"{kind} of {plan.service}: {plan.stable.name} to {plan.canary.name} in {len(plan.stages)} stages,"
        f" by {person_in_words(event.person)}{made_from}"
    )


def _preflight(event: ev.PreflightDone, _release: Release) -> str:
    wrong = [f"{check.name}: {check.words}" for check in event.checks if not check.ok]
    if wrong:
        return "preflight failed: " + "; ".join(wrong)
    passed = f"preflight: all {len(event.checks)} checks passed"
    return "; ".join((passed, *(f"mind: {check.words}" for check in event.checks if check.warning)))


def _lease_held(event: ev.LeaseHeld, _release: Release) -> str:
    if not event.taken_from or event.person is None:
        return f"the lease {event.lease} is held: no other worker moves this router"
    reason = f": {event.reason}" if event.reason else ""
    return f"taken over from {event.taken_from} by {person_in_words(event.person)}{reason}"


def _lease_awaited(event: ev.LeaseAwaited, _release: Release) -> str:
    wait = words_duration(round(event.wait_s))
    return (
        f"the lease {event.lease} was taken over: waiting {wait}, for {event.taken_from} may be certain of it"
    )


def _lease_lost(event: ev.LeaseLost, _release: Release) -> str:
    return f"the lease is lost: {event.why}"


def _lease_waived(event: ev.LeaseWaived, _release: Release) -> str:
    reason = f": {event.reason}" if event.reason else ""
    return f"driven without a lease, as {person_in_words(event.person)} asked for{reason}"


def _router_seen(event: ev.RouterSeen, release: Release) -> str:
    if release.drifted:
        return f"{release.changed_by} set the weight to {event.weight}%: holding"
    besides = f"; besides, {in_words(event.elsewhere)}" if event.elsewhere else ""
    return f"the router says {event.weight}%{besides}"


def _router_unread(event: ev.RouterUnread, _release: Release) -> str:
    return f"the router can't be read, {unread_in_words(event.cause)}: {event.why}"


def unread_in_words(cause: ev.Unread) -> str:
    """Say why, in a few words."""
    return _UNREAD[cause]


_UNREAD = {
    ev.Unread.GONE: "deleted or renamed",
    ev.Unread.CHANGED: "its route is another now",
    ev.Unread.FORBIDDEN: "forbidden",
    ev.Unread.UNREACHABLE: "unreachable",
    ev.Unread.ELSEWHERE: "another cluster answers",
    ev.Unread.UNUSABLE: "the answer says nothing of it",
}


def _router_found(event: ev.RouterFound, _release: Release) -> str:
    if event.ours:
        return f"the router is as the last worker left it, at {event.weight}%"
    return f"{stranger_in_words(event)}, at {event.weight}%: only a person moves it"


def stranger_in_words(found: ev.RouterFound | Stranger) -> str:
    """Say who has been at the router since the last worker died, as far as the object tells."""
    if found.replaced:
        return "this is another object of the same name"
    by = f"{found.by} wrote it last" if found.by else "nobody says who wrote it last"
    mark = f"it bears the mark of {found.mark}" if found.mark else "this release's mark is gone from it"
    return f"somebody else has been at the router: {by}, {mark}"


def _identified(event: ev.Identified, _release: Release) -> str:
    route = f"; the router's object is {event.route}" if event.route else ""
    unnamed = "" if event.cluster.uid else "; the UID of its namespace kube-system may not be read"
    return f"this is {event.cluster.in_words}{unnamed}{route}"


def _judge_begun(event: ev.JudgeBegun, _release: Release) -> str:
    names = ", ".join(each.name for each in event.terms.channels.judged if each.weight > 0)
    return f"the judge watches {names}, in blocks of {event.terms.settings.block_s:.0f}s"


def _judge_refreshed(_event: ev.JudgeRefreshed, release: Release) -> str:
    return f"measured the noise of {release.plan.stable.name}'s last hour again"


def _stage_entered(event: ev.StageEntered, release: Release) -> str:
    stages = release.plan.stages
    left = f"; {event.left}" if event.left else ""
    return f"stage {event.stage + 1} of {len(stages)}: {stages[event.stage].weight}%{left}"


def _requested(event: ev.WeightRequested, _release: Release) -> str:
    return f"asked the router for {event.weight}%"


def _confirmed(event: ev.WeightConfirmed, _release: Release) -> str:
    return f"the router confirms {event.weight}% after {event.took_ms:.0f} ms"


def _write_failed(event: ev.WriteFailed, release: Release) -> str:
    times = release.failure.times if release.failure else 1
    return f"the write failed ({times} in a row): {event.trouble}"


def _weight_altered(event: ev.WeightAltered, _release: Release) -> str:
    more = "MORE" if event.weight > event.asked else "less"
    return (
        f"{event.asked}% came out as {event.weight}%, {more} than was asked for: "
        "a webhook or a controller changes what is written"
    )


def _sample(event: ev.SampleTaken, release: Release) -> str:
    sample = event.sample
    if sample.blind:
        return f"blind: {sample.trouble or 'no data'}"
    plan = release.plan
    stable, canary = _look(sample, sample.stable), _look(sample, sample.canary)
    in_part = f"seen in part, {sample.unsure}: " if sample.partial else ""
    return f"{in_part}{plan.stable.name} {stable}, {plan.canary.name} {canary}"


def _look(sample: Sample, look: Look) -> str:
    counts = look.counts
    if counts is None:
        return "unseen"
    rps = ratio(counts.requests, sample.span_s)
    rate = "" if rps is None else f" ({rps:.0f}/s)"
    return f"{counts.requests:.0f} requests{rate}, {counts.errors:.0f} errors"


def _guard_turned(event: ev.GuardTurned, _release: Release) -> str:
    return f"{event.verdict}: {event.words}"


def _by(verb: str) -> Callable[[Any, Release], str]:
    return lambda event, _release: f"{verb} by {person_in_words(event.person)}{_because(event.reason)}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _refused(event: ev.CommandRefused, _release: Release) -> str:
    return f"refused {event.command} of {person_in_words(event.person)}: {event.why}"


def _rollback_decided(event: ev.RollbackDecided, _release: Release) -> str:
    return f"ROLLING BACK: {event.reason}"


def _rollback_withheld(event: ev.RollbackWithheld, release: Release) -> str:
    stable = release.plan.stable.name
    return f"NOT ROLLED BACK: {stable} has 0 ready pods; {event.reason}"


def _rolled_back(event: ev.RolledBack, release: Release) -> str:
    stable = release.plan.stable.name
    return f"ROLLED BACK: all traffic has stayed on {stable} for {event.reads} reads, {event.over_s:.1f}s"


def _recovered(event: ev.Recovered, release: Release) -> str:
    canary = release.plan.canary.name
    failed = f"; {event.failed:.0f} requests failed on {canary}" if event.failed else ""
    if event.still_served:
        return f"NOT RECOVERED: {canary} still had {event.still_served:.0f} requests in this look{failed}"
    if event.troubled:
        return f"NOT RECOVERED: errors go on on {release.plan.stable.name}, which serves alone{failed}"
    if event.unseen:
        return f"NOT SEEN: the metrics did not show {canary} without traffic{failed}"
    return f"RECOVERED: {canary} serves nobody any more{failed}"


def _notified(event: ev.Notified, _release: Release) -> str:
    return f"told {event.to} of {event.occasion}"


def _notify_failed(event: ev.NotifyFailed, _release: Release) -> str:
    dropped = f"; {event.dropped} more were dropped" if event.dropped else ""
    return f"could not tell {event.to} of {event.occasion}: {event.trouble}{dropped}"


def _worker_resumed(event: ev.WorkerResumed, release: Release) -> str:
    torn = f"; the crash tore a record of {event.torn_bytes} bytes" if event.torn_bytes else ""
    holds = "; it goes forward when somebody lets it" if release.taken_up_by and event.attended else ""
    missing = f"; not set here as it was then: {', '.join(event.missing)}" if event.missing else ""
    return f"another worker goes on, for {person_in_words(event.person)}{torn}{holds}{missing}"


def _signalled(event: ev.Signalled, release: Release) -> str:
    if event.signal == STOPS:
        words = "a stopped process guards nothing, so this one goes on; Ctrl-C does what the plan says"
        return f"{STOPS}: {words}"
    return f"{event.signal}: {_ON_SIGNAL[event.does](release)}"


STOPS = "SIGTSTP"
"""What Ctrl-Z sends."""


def _goes_on(release: Release) -> str:
    return (
        "the rollback goes on to its end" if release.rollback else "the release goes on without its terminal"
    )


def _stops(release: Release) -> str:
    where = "" if release.weight is None else f", the weight stays at {release.weight}%"
    return f"this worker stops{where}; pithead resume {release.name} goes on, holding first"


_ON_SIGNAL: dict[ev.OnSignal, Callable[[Release], str]] = {
    ev.OnSignal.GO_ON: _goes_on,
    ev.OnSignal.ROLL_BACK: lambda release: f"back to {release.plan.stable.name}, then the end",
    ev.OnSignal.HOLD: _stops,
    ev.OnSignal.LEAVE: lambda release: f"a second time; {_stops(release)}",
}


def _journal_stuck(event: ev.JournalStuck, _release: Release) -> str:
    return f"THE JOURNAL CAN'T BE WRITTEN: {event.trouble}; nothing goes forward, a rollback still does"


def _journal_mended(_event: ev.JournalMended, _release: Release) -> str:
    return "the journal is written again, nothing is missing"


def _journal_replaced(event: ev.JournalReplaced, _release: Release) -> str:
    kept = f"; what was found is kept as {event.kept}" if event.kept else ""
    return f"THE JOURNAL BEGINS ANEW HERE: {event.trouble}{kept}"


def _journal_restored(event: ev.JournalRestored, _release: Release) -> str:
    kept = f"; what was found is kept as {event.kept}" if event.kept else ""
    if not event.lost:
        return f"THE JOURNAL WAS WRITTEN ANEW: {event.trouble}; nothing of it is missing{kept}"
    lost = f"records up to {event.lost:,} are lost, the release goes on from what its worker knows"
    return f"THE JOURNAL BEGINS ANEW HERE: {event.trouble}; {lost}{kept}"


def _ended(event: ev.ReleaseEnded, _release: Release) -> str:
    return f"{event.outcome.replace('_', ' ').upper()}: {event.reason}"


_WORDS: dict[type[ev.Event], Callable[[Any, Release], str]] = {
    ev.ReleaseOpened: _opened,
    ev.PreflightDone: _preflight,
    ev.LeaseHeld: _lease_held,
    ev.LeaseAwaited: _lease_awaited,
    ev.LeaseLost: _lease_lost,
    ev.LeaseWaived: _lease_waived,
    ev.RouterSeen: _router_seen,
    ev.RouterUnread: _router_unread,
    ev.RouterReadAgain: lambda _event, _release: "the router is read again",
    ev.RouterFound: _router_found,
    ev.Identified: _identified,
    ev.JudgeBegun: _judge_begun,
    ev.JudgeRefreshed: _judge_refreshed,
    ev.JudgeResumed: lambda event, _release: f"going on: {event.reason}",
    ev.JudgeOverridden: _by("going on anyway, with a new judge, asked for"),
    ev.AdvancedBlind: _by("advanced blind"),
    ev.Retreated: lambda event, _release: f"back to {event.weight}%: {event.reason}",
    ev.StageEntered: _stage_entered,
    ev.WeightRequested: _requested,
    ev.WeightConfirmed: _confirmed,
    ev.WriteFailed: _write_failed,
    ev.WeightAltered: _weight_altered,
    ev.TakenBack: lambda event, _release: f"taken back to {event.weight}%: {event.reason}",
    ev.SampleTaken: _sample,
    ev.GuardTurned: _guard_turned,
    ev.Paused: _by("paused"),
    ev.Resumed: _by("resumed"),
    ev.PromotionAsked: _by("promotion asked for"),
    ev.Approved: _by("approved"),
    ev.RollbackAsked: _by("rollback asked for"),
    ev.CommandRefused: _refused,
    ev.RollbackDecided: _rollback_decided,
    ev.RollbackWithheld: _rollback_withheld,
    ev.RolledBack: _rolled_back,
    ev.Recovered: _recovered,
    ev.Notified: _notified,
    ev.NotifyFailed: _notify_failed,
    ev.WorkerResumed: _worker_resumed,
    ev.Signalled: _signalled,
    ev.JournalStuck: _journal_stuck,
    ev.JournalMended: _journal_mended,
    ev.JournalReplaced: _journal_replaced,
    ev.JournalRestored: _journal_restored,
    ev.ReleaseEnded: _ended,
}
