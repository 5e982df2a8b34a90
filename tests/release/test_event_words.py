"""How what happened is said in the log: who, what, and what is missing afterwards."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.elsewhere import Elsewhere
from console.evidence import Look, Sample
from console.metrics.lag import NAME as STORE
from console.release import events as ev
from console.release.carried import packed
from console.release.event_words import event_in_words
from tests.releases import ANA, Story, blind, opened, plan, running, sample

HELD = ev.LeaseHeld(lease="shop/pithead-checkout")
END_LOST = (
    "the lease shop/pithead-checkout is held again; an end had let go of it, and is lost: no step by itself"
)
AWAITED = "the lease shop/pithead-checkout was taken over: waiting 15s, for bob@laptop may be certain of it"
WRITTEN_ANEW = (
    "THE JOURNAL WAS WRITTEN ANEW: its file was cut; nothing of it is missing; what was found is kept as"
    " journal.cut"
)
STOPS = "this worker stops, the weight stays at 10%; pithead resume checkout-1 goes on, holding first"
BACK = ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed")


def said(event: ev.AnyEvent, story: Story | None = None) -> str:
    """Let it happen to a release in its first stage, and say it."""
    story = story or running()
    return event_in_words(event, story.tell(event))


def going_back() -> Story:
    story = running()
    story.tell(
        BACK, ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0)
    )
    return story


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (HELD, "the lease shop/pithead-checkout is held: no other worker moves this router"),
        (
            replace(HELD, taken_from="bob@laptop", person=ANA, reason="bob is away"),
            "taken over from bob@laptop by ana@bastion: bob is away",
        ),
        (
            replace(HELD, end_lost=True),
            END_LOST,
        ),
        (
            ev.LeaseAwaited(lease="shop/pithead-checkout", taken_from="bob@laptop", wait_s=15.0),
            AWAITED,
        ),
        (ev.LeaseLost(why="no renewal was answered"), "the lease is lost: no renewal was answered"),
        (ev.LeaseWaived(person=ANA), "driven without a lease, as ana@bastion asked for"),
        (
            ev.RouterSeen(weight=10, elsewhere=(Elsewhere(where='route "beta"', to="v2", canary=True),)),
            'the router says 10%; besides, route "beta" sends to v2',
        ),
        (ev.RouterSeen(weight=30, changed_by="argo"), "argo set the weight to 30%: holding"),
        (
            ev.RouterFound(weight=10, ours=False, replaced=True),
            "this is another object of the same name, at 10%: only a person moves it",
        ),
        (
            ev.WeightAltered(number=1, asked=10, weight=5),
            "10% came out as 5%, less than was asked for: a webhook or a controller changes what is written",
        ),
        (
            ev.JournalRestored(trouble="its file was cut", kept="journal.cut"),
            WRITTEN_ANEW,
        ),
        (ev.SampleTaken(sample=blind("")), "blind: no data"),
        (ev.SampleTaken(sample=replace(sample(), canary=Look(), trouble="no pods")), "blind: no pods"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ev.Event) else "",
)
def test_what_happened_is_said_with_who_and_what_follows(event: ev.AnyEvent, words: str) -> None:
    assert said(event) == words


@pytest.mark.parametrize(
    ("recovered", "words"),
    [
        (ev.Recovered(), "RECOVERED: v2 serves nobody any more"),
        (ev.Recovered(failed=2.0), "RECOVERED: v2 serves nobody any more; 2 requests failed on v2"),
        (ev.Recovered(still_served=7.0), "NOT RECOVERED: v2 still had 7 requests in this look"),
        (ev.Recovered(troubled=True), "NOT RECOVERED: errors go on on v1, which serves alone"),
        (ev.Recovered(unseen=True), "NOT SEEN: the metrics did not show v2 without traffic"),
    ],
)
def test_a_recovery_says_whether_it_is_one(recovered: ev.Recovered, words: str) -> None:
    assert said(recovered, going_back()) == words


def test_a_recovery_of_what_never_went_back_changes_nothing() -> None:
    story = running()
    before = story.release
    assert story.tell(ev.Recovered(still_served=7.0)) == before


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (sample(), "v1 1,000 requests (1000/s), 0 errors, v2 100 requests (100/s), 0 errors"),
        (
            replace(sample(), partial=True, trouble="a store is missing"),
            "seen in part, a store is missing: v1 1,000 requests",
        ),
    ],
)
def test_a_sample_is_said_by_what_both_versions_had(taken: Sample, words: str) -> None:
    assert said(ev.SampleTaken(sample=taken)).startswith(words)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ({}, "release of checkout: v1 to v2 in 3 stages, by ana@bastion"),
        (
            {"backtest": "made from Prometheus"},
            "backtest of a release of checkout: v1 to v2 in 3 stages, by ana@bastion, made from Prometheus",
        ),
        (
            {"in_place_of": "checkout-0"},
            "checkout: v2 back to v1 for the release checkout-0 without a record, by ana@bastion",
        ),
        ({"in_place_of": ""}, "checkout: v2 back to v1 for a release without a record, by ana@bastion"),
    ],
)
def test_an_opening_says_what_kind_of_release_it_is(of: dict[str, str], words: str) -> None:
    story = Story(plan())
    assert event_in_words(replace(opened(plan()), **of), story.release) == words


def test_a_stopped_process_is_said_to_go_on() -> None:
    words = said(ev.Signalled(signal="SIGTSTP", does=ev.OnSignal.GO_ON))
    assert (
        words
        == "SIGTSTP: a stopped process guards nothing, so this one goes on; Ctrl-C does what the plan says"
    )


def test_a_journal_that_begins_anew_says_how_much_of_it_is_lost() -> None:
    story = running()
    lost = ev.JournalRestored(trouble="its file was cut", lost=1028, state=packed(story.release))
    assert said(lost, story) == (
        "THE JOURNAL BEGINS ANEW HERE: its file was cut; records up to 1,028 are lost,"
        " the release goes on from what its worker knows"
    )


def test_a_store_that_is_late_is_no_verdict_on_the_canary() -> None:
    words = said(ev.GuardTurned(guard=STORE, verdict="insufficient", words="it shows 30s late"))
    assert words == f"{STORE}: it shows 30s late"
    assert said(ev.GuardTurned(guard="errors", verdict="breach", words="v2 fails")) == "breach: v2 fails"


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (ev.OnSignal.GO_ON, "SIGHUP: the release goes on without its terminal"),
        (ev.OnSignal.ROLL_BACK, "SIGHUP: back to v1, then the end"),
        (ev.OnSignal.HOLD, f"SIGHUP: {STOPS}"),
        (ev.OnSignal.LEAVE, f"SIGHUP: a second time; {STOPS}"),
    ],
)
def test_a_signal_is_said_with_what_the_worker_does_about_it(does: ev.OnSignal, words: str) -> None:
    assert said(ev.Signalled(signal="SIGHUP", does=does)) == words


def test_a_signal_in_a_rollback_does_not_end_it() -> None:
    back = said(ev.Signalled(signal="SIGHUP", does=ev.OnSignal.GO_ON), going_back())
    assert back == "SIGHUP: the rollback goes on to its end"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            ev.RouterFound(weight=10, ours=False, by="argo"),
            "argo wrote it last, this release's mark is gone from it",
        ),
        (
            ev.RouterFound(weight=10, ours=False, mark="bob"),
            "nobody says who wrote it last, it bears the mark of bob",
        ),
        (
            ev.RouterFound(weight=10, ours=False, since=True),
            "nobody says who wrote it last, it was changed behind all that this release has on record",
        ),
        (
            ev.RouterFound(weight=10, ours=False, unlike_shown=True, mark="bob"),
            "it is not what was shown when the rollback was confirmed and bears the mark of bob",
        ),
    ],
)
def test_who_has_been_at_the_router_is_said_as_far_as_the_object_tells(
    found: ev.RouterFound, words: str
) -> None:
    assert words in said(found)
