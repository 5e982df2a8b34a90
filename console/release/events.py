"""Everything that can happen to a release; each is one line of its journal.

An event is written before anyone acts on it. Kinds are never renamed and fields never change their
meaning: a journal of today is read for years.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from console.elsewhere import Elsewhere
from console.evidence import Sample
from console.identity import ClusterId, Identity, Resolved
from console.judge.keys.noise import Profile
from console.judge.terms import Terms
from console.plan.model import Percent, Plan
from console.preflight import Check

Ordinal = Annotated[int, Meta(ge=0, le=10**12)]
LATEST = 1e11
"""In the year 5138."""
Time = Annotated[float, Meta(ge=0.0, le=LATEST)]
"""Epoch seconds, UTC."""
Milliseconds = Annotated[float, Meta(ge=0.0, le=1e12)]

FORMAT = 1
"""The journal's format; it grows only when an old reader would go wrong."""


class Person(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asked: the login, the host, and where the connection came from."""

    login: str
    host: str = ""
    via: str = ""
    """The client's address of an SSH connection, where there is one."""
    account: str = ""
    """The cluster's own name for the account with which the worker acts for them, where it says one."""


class Cause(StrEnum):
    """Why a release goes back to stable."""

    GUARD = "guard"
    SILENCE = "silence"
    """The canary has no ready pod, or none of the requests to it was answered."""
    PERSON = "person"
    PATIENCE = "patience"


class Outcome(StrEnum):
    """How a release ends."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    NOT_CONFIRMED = "not_confirmed"
    """Rolled back, but the router never said so."""
    HELD = "held"
    """Its patience ended and its weight was left; in older journals also where it went back."""
    REFUSED = "refused"
    """The preflight failed; nothing was written."""
    TAKEN_OVER = "taken_over"
    """Another driver has the release's router now; the weight stays as it is."""
    CLOSED = "laboratory_closed"
    """The demo's laboratory has ended, and its release with it."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """The root of all events."""


class ReleaseOpened(Event, frozen=True, kw_only=True, tag="release_opened"):
    """A worker has taken up a plan."""

    format: int
    release: str
    """The release's name: unique on its host."""
    plan: Plan
    person: Person
    pithead: str
    """The version of pithead that wrote this."""
    cluster: str = ""
    """The kubeconfig's context, or the API server's address."""
    attended: bool = True
    """False in a pipeline, where nobody can be asked and the release must end."""
    leased: bool = False
    """Whether nothing may go forward without the lease; false in journals from before there was one."""
    backtest: str = ""
    """What the evidence was made from, where no worker drove this release; empty where one did."""
    goes_back: bool = False
    """Whether it was taken up for its rollback alone: what was before it is not known here."""
    resolved: Resolved | None = None
    """What the words of the command came to; None where there was no way in, and in older journals."""
    undoes: str = ""
    """The ended release whose traffic it takes back, having looked whether stable can serve it."""
    in_place_of: str | None = None
    """The release whose record is lost, and whose traffic it takes back by what stands in the cluster; empty
    where nothing there names one; None where it is a release like others."""
    watches_back: bool = False
    """Whether a rollback is read back until it has stayed, and watched until users have recovered; false in
    journals from before that was so."""


class PreflightDone(Event, frozen=True, kw_only=True, tag="preflight_done"):
    """Everything that the release needs was looked at."""

    checks: tuple[Check, ...]
    metrics: str = ""
    """Which program gives the evidence: `Prometheus 2.42.0`; empty where none answered."""
    account: str = ""
    """Whom the cluster takes the worker for; empty where it does not say."""

    @property
    def ok(self) -> bool:
        """Whether the release may begin."""
        return all(check.ok for check in self.checks)


class LeaseHeld(Event, frozen=True, kw_only=True, tag="lease_held"):
    """This worker alone may move the router forward: at the start, or again after the lease was lost."""

    lease: str
    """The object, as `namespace/name`."""
    taken_from: str = ""
    """Who was driving until a person took over from them, in words."""
    person: Person | None = None
    """Who took over, and why."""
    reason: str = ""


class LeaseAwaited(Event, frozen=True, kw_only=True, tag="lease_awaited"):
    """The lease was taken over, and is waited for: until then its former holder may be certain of it."""

    lease: str
    taken_from: str
    """Who was driving, in words."""
    wait_s: Annotated[float, Meta(ge=0.0, le=1e9)]


class LeaseLost(Event, frozen=True, kw_only=True, tag="lease_lost"):
    """It is not certain any more that the lease is ours: nothing goes forward."""

    why: str
    by: str = ""
    """Who drives now, in words; empty where nobody is known to."""
    wrote: bool = False
    """Whether the new driver has written the router already: from then on not even a rollback touches it."""


class LeaseWaived(Event, frozen=True, kw_only=True, tag="lease_waived"):
    """A person runs without a lease: nothing but the marks on the router keeps a second driver away."""

    person: Person
    reason: str = ""


class RouterSeen(Event, frozen=True, kw_only=True, tag="router_seen"):
    """The router says a weight that is not the one last known: at the start, or changed under us."""

    weight: Percent
    changed_by: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What the router's object sends besides what the release moves; told too where only this changed."""


class Unread(StrEnum):
    """Why the router's object can't be read."""

    GONE = "gone"
    """It was deleted or renamed, or its kind is not served any more."""
    CHANGED = "changed"
    """It is there, and the plan's route or destinations are not to be found in it."""
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    ELSEWHERE = "elsewhere"
    """The way in leads to another cluster than that in which the release began."""
    UNUSABLE = "unusable"
    """There was an answer, and it says nothing of the router."""


class RouterUnread(Event, frozen=True, kw_only=True, tag="router_unread"):
    """A look at the router failed that had worked before, or fails for another cause than until now."""

    cause: Unread
    why: str


class RouterReadAgain(Event, frozen=True, kw_only=True, tag="router_read_again"):
    """The router can be read again."""


class RouterFound(Event, frozen=True, kw_only=True, tag="router_found"):
    """What a worker that goes on has found before it did anything: the release's object, or another's.

    Where the object does not bear this release's own mark any more somebody has been here since the last
    worker died, and only a person moves it, either way.
    """

    weight: Percent
    ours: bool = True
    by: str = ""
    """Who wrote the routes last (field manager), where it is not ours."""
    mark: str = ""
    """Whose release its marks name, where they are not ours; empty where it bears none."""
    replaced: bool = False
    """Whether it is another object of the same name."""
    uid: str = ""
    """That object's UID, where it is another one."""


class Identified(Event, frozen=True, kw_only=True, tag="identified"):
    """The cluster and the object that this release is about: every later login is held against them."""

    cluster: ClusterId
    route: str = ""
    """The UID of the router's object; empty where the router gives none."""

    @property
    def identity(self) -> Identity:
        """Give both as one."""
        return Identity(cluster=self.cluster, route=self.route)


class JudgeBegun(Event, frozen=True, kw_only=True, tag="judge_begun"):
    """The two keys are in: from here on the traffic is judged by these terms."""

    terms: Terms


class JudgeRefreshed(Event, frozen=True, kw_only=True, tag="judge_refreshed"):
    """Stable's noise was measured again, over the latest hour."""

    profile: Profile


class JudgeResumed(Event, frozen=True, kw_only=True, tag="judge_resumed"):
    """What the judge held the release for is over: it goes on by itself."""

    reason: str


class JudgeOverridden(Event, frozen=True, kw_only=True, tag="judge_overridden"):
    """A person goes on anyway: another judge begins, with an error budget of its own."""

    person: Person
    reason: str = ""


class AdvancedBlind(Event, frozen=True, kw_only=True, tag="advanced_blind"):
    """A person takes the step out of this stage without the evidence for it."""

    person: Person
    reason: str = ""


class Retreated(Event, frozen=True, kw_only=True, tag="retreated"):
    """Both versions suffer since the weight grew: back to the weight before, which is asked for next."""

    weight: Percent
    reason: str


class StageEntered(Event, frozen=True, kw_only=True, tag="stage_entered"):
    """The next stage begins; its weight is asked for next."""

    stage: Ordinal
    """Counted from 0."""
    left: str = ""
    """By what the stage before was left where it gave users no share; empty where their requests told."""


class WeightRequested(Event, frozen=True, kw_only=True, tag="weight_requested"):
    """The intent, on record before the router is touched."""

    number: Ordinal
    """Counted from 1 over the whole release; the result carries the same number."""
    weight: Percent


class WeightConfirmed(Event, frozen=True, kw_only=True, tag="weight_confirmed"):
    """The router was written and read back: the weight is in force."""

    number: Ordinal
    weight: Percent
    took_ms: Milliseconds
    elsewhere: tuple[Elsewhere, ...] = ()
    """What the router's object sends besides."""


class WriteFailed(Event, frozen=True, kw_only=True, tag="write_failed"):
    """The write did not take effect, or nobody knows whether it did."""

    number: Ordinal
    trouble: str
    wait_s: Annotated[float, Meta(ge=0.0, le=1e9)] = 0.0
    """How long the API server asks us to wait, where it does (`Retry-After`)."""


class WeightAltered(Event, frozen=True, kw_only=True, tag="weight_altered"):
    """The write was taken and came out as another weight: an admission webhook or a controller changes it."""

    number: Ordinal
    asked: Percent
    weight: Percent
    """What was read back."""


class TakenBack(Event, frozen=True, kw_only=True, tag="taken_back"):
    """More than was asked for is in force: back to this weight, which is asked for next."""

    weight: Percent
    reason: str


class SampleTaken(Event, frozen=True, kw_only=True, tag="sample"):
    """The evidence of a tick, also of one that saw nothing."""

    sample: Sample


class GuardTurned(Event, frozen=True, kw_only=True, tag="guard_turned"):
    """A guard's verdict is another than before; for the reader, the fold has its own."""

    guard: str
    verdict: str
    words: str


class Paused(Event, frozen=True, kw_only=True, tag="paused"):
    """A person stopped the clock."""

    person: Person
    reason: str = ""


class Resumed(Event, frozen=True, kw_only=True, tag="resumed"):
    """A person let the clock run again."""

    person: Person
    reason: str = ""


class PromotionAsked(Event, frozen=True, kw_only=True, tag="promotion_asked"):
    """A person wants the next stage now."""

    person: Person
    reason: str = ""


class Approved(Event, frozen=True, kw_only=True, tag="approved"):
    """A person approves the step out of the current stage."""

    person: Person
    reason: str = ""


class RollbackAsked(Event, frozen=True, kw_only=True, tag="rollback_asked"):
    """A person wants stable back."""

    person: Person
    reason: str = ""


class CommandRefused(Event, frozen=True, kw_only=True, tag="command_refused"):
    """A person asked for something that can't be now."""

    command: str
    person: Person
    why: str


class RollbackDecided(Event, frozen=True, kw_only=True, tag="rollback_decided"):
    """From here on the weight only goes to zero."""

    cause: Cause
    reason: str


class RollbackWithheld(Event, frozen=True, kw_only=True, tag="rollback_withheld"):
    """A rollback by itself is due, and stable has no ready pods: it waits for them, or for a person."""

    cause: Cause
    reason: str


class RolledBack(Event, frozen=True, kw_only=True, tag="rolled_back"):
    """Stable has kept all traffic for several reads of the router in a row, behind the write of it."""

    reads: Ordinal
    over_s: Annotated[float, Meta(ge=0.0, le=1e9)]
    """From the first of these reads to the last."""


class Recovered(Event, frozen=True, kw_only=True, tag="recovered"):
    """The canary serves nobody any more and errors are as they should be; or the watch for that has ended."""

    still_served: Annotated[float, Meta(ge=0.0, le=1e15)] = 0.0
    """Requests that the canary had in the last look; 0 where it is over."""
    failed: Annotated[float, Meta(ge=0.0, le=1e15)] = 0.0
    """Requests that failed on the canary, over the whole release as far as it was seen."""
    troubled: bool = False
    """Whether errors were not yet as they should be when the watch ended."""
    unseen: bool = False
    """Whether no look told of both versions until the watch ended: nobody knows whether users recovered."""


class Notified(Event, frozen=True, kw_only=True, tag="notified"):
    """Someone outside the screen was told."""

    to: str
    """Where the address is found, never the address."""
    occasion: str
    took_ms: Milliseconds


class NotifyFailed(Event, frozen=True, kw_only=True, tag="notify_failed"):
    """Someone outside the screen could not be told; the release does not wait for it."""

    to: str
    occasion: str
    trouble: str
    dropped: Ordinal = 0
    """How many messages were let go before this one because too many waited."""


class WorkerResumed(Event, frozen=True, kw_only=True, tag="worker_resumed"):
    """Another worker goes on with a release whose worker died; the router is read next."""

    person: Person
    """Who wanted it."""
    pithead: str
    attended: bool = True
    torn_bytes: int = 0
    """What the crash had left of a record that was being written."""
    goes_back: bool = False
    """Whether it was taken up for its rollback alone: the records so far may not be all that there were."""
    looks_first: bool = False
    """Whether nothing is done before the router was looked at; older workers acted at once."""
    missing: tuple[str, ...] = ()
    """Variables with credentials that were set when the release began, and are not where it goes on."""


class OnSignal(StrEnum):
    """What a worker does upon a signal."""

    GO_ON = "go_on"
    """Nothing: the terminal is gone, or a rollback is under way and comes to its end."""
    ROLL_BACK = "roll_back"
    HOLD = "hold"
    """It stops; the weight stays, and whoever resumes the release goes on from there."""
    LEAVE = "leave"
    """It stops at a second signal, whatever is still under way."""


class Signalled(Event, frozen=True, kw_only=True, tag="signalled"):
    """A signal reached the worker's process: its host shuts down, its pipeline was cancelled."""

    signal: str
    """Its name, as `SIGTERM`."""
    does: OnSignal


class JournalStuck(Event, frozen=True, kw_only=True, tag="journal_stuck"):
    """The disk takes no record, from this one on or from one shortly before: it got here later."""

    trouble: str


class JournalMended(Event, frozen=True, kw_only=True, tag="journal_mended"):
    """All records up to here are on the disk again."""


class JournalReplaced(Event, frozen=True, kw_only=True, tag="journal_replaced"):
    """The release's journal was gone, or not as its worker had written it: this one begins in its place."""

    trouble: str
    kept: str = ""
    """The file name of what was found, where there was something."""


class JournalRestored(Event, frozen=True, kw_only=True, tag="journal_restored"):
    """The journal's file was cut, replaced or deleted under its worker, which made it anew.

    Where its lines are lost, it begins with this release's opening and this record, which carries the state.
    """

    trouble: str
    """What was done to the file."""
    kept: str = ""
    """The file name of what was found in its place, where there was something."""
    lost: Ordinal = 0
    """Records up to this number are not in this journal; 0 where nothing is missing."""
    state: bytes = b""
    """How the release stood behind them, as `console.release.carried` packs it; empty where none is lost."""


class ReleaseEnded(Event, frozen=True, kw_only=True, tag="release_ended"):
    """Nothing more will happen."""

    outcome: Outcome
    exit_code: Annotated[int, Meta(ge=0, le=255)]
    reason: str


AnyEvent = (
    ReleaseOpened
    | PreflightDone
    | LeaseHeld
    | LeaseAwaited
    | LeaseLost
    | LeaseWaived
    | RouterSeen
    | RouterUnread
    | RouterReadAgain
    | RouterFound
    | Identified
    | JudgeBegun
    | JudgeRefreshed
    | JudgeResumed
    | JudgeOverridden
    | AdvancedBlind
    | Retreated
    | StageEntered
    | WeightRequested
    | WeightConfirmed
    | WriteFailed
    | WeightAltered
    | TakenBack
    | SampleTaken
    | GuardTurned
    | Paused
    | Resumed
    | PromotionAsked
    | Approved
    | RollbackAsked
    | CommandRefused
    | RollbackDecided
    | RollbackWithheld
    | RolledBack
    | Recovered
    | Notified
    | NotifyFailed
    | WorkerResumed
    | Signalled
    | JournalStuck
    | JournalMended
    | JournalReplaced
    | JournalRestored
    | ReleaseEnded
)


class Record(Struct, frozen=True, kw_only=True):
    """One line of a journal."""

    n: Ordinal
    """Counted from 1, without a gap."""
    at: Time
    event: AnyEvent
